#include "rehearse/plot.h"

#include <algorithm>
#include <cmath>

#include "rehearse/words.h"

namespace boxoffice::rehearse {
namespace {

constexpr double kWidth = 480, kHeight = 220, kLeft = 56, kRight = 22, kTop = 16, kBottom = 40;

std::string shown(double value) {
  return value == std::floor(value) ? grouped(static_cast<std::int64_t>(value))
                                    : fixed(value, value < 1 ? 2 : 1);
}

// 1, 2 or 5 times a power of ten, so that about so many fit.
double step_for(double span, int count) {
  const double rough = std::max(span, 1e-9) / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (rough <= times * power) return times * power;
  }
  return 10 * power;
}

// Where values go on paper, with the axes drawn.
class Paper {
 public:
  Paper(double x_max, double y_max, double height = kHeight)
      : x_max_(std::max(x_max, 1e-9)), y_max_(std::max(y_max, 1e-9)), height_(height) {}
  [[nodiscard]] double x(double value) const {
    return kLeft + std::clamp(value / x_max_, 0.0, 1.0) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double value) const {
    return height_ - kBottom - std::clamp(value / y_max_, 0.0, 1.0) * (height_ - kTop - kBottom);
  }
  [[nodiscard]] double floor() const { return height_ - kBottom; }
  [[nodiscard]] std::string axes(const std::string& x_label) const {
    std::string out;
    const double y_step = std::max(step_for(y_max_, 5), y_max_ >= 1 ? 1.0 : 0.0);
    for (double v = 0; v <= y_max_ * 1.0001; v += y_step) {
      out += line("grid", kLeft, y(v), kWidth - kRight, y(v)) +
             label("end", kLeft - 7, y(v) + 4, shown(v));
    }
    const double x_step = step_for(x_max_, 6);
    for (double v = 0; v <= x_max_ * 1.0001; v += x_step) {
      out += label("middle", x(v), floor() + 17, shown(v));
    }
    return out + line("axis", kLeft, floor(), kWidth - kRight, floor()) +
           label("end", kWidth - kRight, height_ - 5, x_label);
  }
  static std::string line(const char* look, double x1, double y1, double x2, double y2) {
    return std::string("<line class='") + look + "' x1='" + fixed(x1, 1) + "' y1='" + fixed(y1, 1) +
           "' x2='" + fixed(x2, 1) + "' y2='" + fixed(y2, 1) + "'/>";
  }
  static std::string label(const char* anchor, double x, double y, const std::string& text) {
    return std::string("<text text-anchor='") + anchor + "' x='" + fixed(x, 1) + "' y='" +
           fixed(y, 1) + "'>" + escaped(text) + "</text>";
  }

 private:
  double x_max_, y_max_, height_;
};

std::string svg(double height, const std::string& inside) {
  return "<svg viewBox='0 0 " + fixed(kWidth, 0) + " " + fixed(height, 0) + "' role='img'>" +
         inside + "</svg>\n";
}

// More points than the paper can show are dropped.
std::vector<Point> thinned(const std::vector<Point>& points) {
  constexpr std::size_t kPointsMax = 400;
  if (points.size() <= kPointsMax) return points;
  std::vector<Point> out;
  for (std::size_t i = 0; i < kPointsMax; ++i) {
    out.push_back(points[i * (points.size() - 1) / (kPointsMax - 1)]);
  }
  return out;
}

std::string path(const Paper& paper, const Series& series) {
  std::string d;
  const auto points = thinned(series.points);
  if (points.empty()) return {};
  for (const auto& p : points)
    d += (d.empty() ? "M" : "L") + fixed(paper.x(p.x), 1) + " " + fixed(paper.y(p.y), 1);
  std::string out;
  if (series.filled) {
    auto base = thinned(series.base);
    if (base.empty()) base = {{points.front().x, 0}, {points.back().x, 0}};
    std::string back;
    for (auto p = base.rbegin(); p != base.rend(); ++p)
      back += "L" + fixed(paper.x(p->x), 1) + " " + fixed(paper.y(p->y), 1);
    out += std::string("<path class='area ") + series.colour + "' d='" + d + back + "Z'/>";
  }
  return out + "<path class='line " + series.colour + "' d='" + d + "'/>";
}

}  // namespace

std::string lines(const Frame& frame, const std::vector<Series>& series) {
  const Paper paper(frame.x_max, frame.y_max * 1.06);
  std::string out = paper.axes(frame.x_label);
  for (const auto& one : series) out += path(paper, one);
  if (frame.rule) {
    out += Paper::line("rule", kLeft, paper.y(*frame.rule), kWidth - kRight, paper.y(*frame.rule)) +
           Paper::label("end", kWidth - kRight, paper.y(*frame.rule) - 5, frame.rule_label);
  }
  return svg(kHeight, out);
}

std::string histogram(const std::string& x_label, const std::vector<double>& values, int bars,
                      const std::vector<double>& marks) {
  const double most =
      values.empty() ? 1 : std::max(0.001, *std::max_element(values.begin(), values.end()));
  std::vector<double> counts(static_cast<std::size_t>(bars), 0);
  for (const double v : values) {
    counts[std::min(counts.size() - 1, static_cast<std::size_t>(v / most * bars))] += 1;
  }
  const Paper paper(most, *std::max_element(counts.begin(), counts.end()) * 1.12);
  std::string out = paper.axes(x_label);
  for (int i = 0; i < bars; ++i) {
    const double from = paper.x(most * i / bars), to = paper.x(most * (i + 1) / bars);
    const double top = paper.y(counts[static_cast<std::size_t>(i)]);
    out += "<rect class='bar' x='" + fixed(from + 0.5, 1) + "' y='" + fixed(top, 1) + "' width='" +
           fixed(to - from - 1, 1) + "' height='" + fixed(paper.floor() - top, 1) + "'/>";
  }
  for (const double mark : marks) {
    out += Paper::line("rule", paper.x(mark), kTop, paper.x(mark), paper.floor());
  }
  return svg(kHeight, out);
}

std::string ranges(const std::vector<Range>& rows) {
  constexpr double kRow = 31, kLabels = 84, kEdge = 26;
  double least = 1e9, most = 1;
  for (const auto& r : rows) {
    least = std::min(least, std::max(r.p50, 0.1));
    most = std::max(most, r.p999);
  }
  const double low = std::floor(std::log10(std::min(least, 1.0))),
               high = std::ceil(std::log10(most * 1.05));
  const auto x = [&](double ms) {
    return kLabels + std::clamp((std::log10(std::max(ms, 1e-3)) - low) / (high - low), 0.0, 1.0) *
                         (kWidth - kLabels - kEdge);
  };
  const double height = kRow * static_cast<double>(rows.size()) + kBottom + 4;
  std::string out;
  for (double power = low; power <= high; power += 1) {
    const double ms = std::pow(10, power);
    out += Paper::line("grid", x(ms), 2, x(ms), height - kBottom) +
           Paper::label("middle", x(ms), height - kBottom + 17, shown(ms));
  }
  out += Paper::label("end", kWidth - kRight, height - 5, "milliseconds");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& r = rows[i];
    const double y = kRow * (static_cast<double>(i) + 0.5);
    const auto dot = [&](const char* look, double ms) {
      return std::string("<circle class='") + look + "' cx='" + fixed(x(ms), 1) + "' cy='" +
             fixed(y, 1) + "' r='4.5'/>";
    };
    out += Paper::label("end", kLabels - 10, y + 4, r.label) +
           Paper::line("span", x(r.p50), y, x(r.p999), y) + dot("dot50", r.p50) +
           dot("dot99", r.p99) + dot("dot999", r.p999);
  }
  return svg(height, out);
}

}  // namespace boxoffice::rehearse
