// Numbers and texts as people, and HTML, want them.
#pragma once

#include <cstdint>
#include <string>

namespace boxoffice::rehearse {

// For HTML, also inside quotes.
std::string escaped(const std::string& text);
// 12345 as 12,345.
std::string grouped(std::int64_t number);
// 1.25 as 1.2, with so many digits after the point.
std::string fixed(double value, int digits = 0);

}  // namespace boxoffice::rehearse
