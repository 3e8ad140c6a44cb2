// Plots as inline SVG. Colours are the page's (CSS classes), so that they follow light and dark.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace boxoffice::rehearse {

struct Point {
  double x, y;
};
struct Series {
  const char* colour;  // CSS class
  std::vector<Point> points;
  bool filled;
  std::vector<Point> base = {};  // down to which it is filled; nothing: the axis
};
struct Frame {
  std::string x_label;
  double x_max, y_max;
  std::optional<double> rule;  // a dashed line at that height
  std::string rule_label;
};

std::string lines(const Frame& frame, const std::vector<Series>& series);
// A histogram of values in as many bars, and dashed lines at the marks.
std::string histogram(const std::string& x_label, const std::vector<double>& values, int bars,
                      const std::vector<double>& marks);
// From the median to the 99.9th percentile, on a logarithmic scale of milliseconds.
struct Range {
  std::string label;
  double p50, p99, p999;
};
std::string ranges(const std::vector<Range>& rows);

}  // namespace boxoffice::rehearse
