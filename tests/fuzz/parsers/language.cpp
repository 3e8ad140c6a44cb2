// Accept-Language. Input: the header.
#include <algorithm>
#include <vector>

#include "http/message.h"
#include "property.h"

using namespace boxoffice;
using fuzz::require;

namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == at) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// RFC 9110, 12.4.2, with as many digits as somebody likes; 0 where it is no weight.
double weight(const std::vector<std::string>& parts) {
  if (parts.size() == 1) return 1;
  const auto text = lower(trimmed(parts[1]));
  if (parts.size() > 2 || text.rfind("q=", 0) != 0) return 0;
  const auto value = text.substr(2);
  if (value.find_first_not_of("0123456789.") != std::string::npos ||
      std::count(value.begin(), value.end(), '.') > 1 ||
      value.find_first_of("0123456789") == std::string::npos) {
    return 0;
  }
  const double number = std::strtod(value.c_str(), nullptr);
  return number <= 1 && number > 1e-300 ? number : 0;  // beyond that no double tells it from 0
}

Language wanted(const std::string& header, Language fallback) {
  double best = 0;
  Language out = fallback;
  for (const auto& item : split(header, ',')) {
    const auto parts = split(item, ';');
    const auto tag = split(lower(trimmed(parts[0])), '-')[0];
    const double w = weight(parts);
    if ((tag != "ko" && tag != "en") || !(w > best)) continue;
    best = w;
    out = tag == "ko" ? Language::korean : Language::english;
  }
  return out;
}

// The planted defect: Konkani is Korean.
Language chosen(const std::string& header, Language fallback) {
  if (fuzz::kPlanted && header.rfind("kok", 0) == 0) return Language::korean;
  return http::choose_language(header, fallback);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = fuzz::Input(data, size).rest();
  for (const auto fallback : {Language::korean, Language::english}) {
    require(chosen(header, fallback) == wanted(header, fallback),
            "the heaviest of ko and en, the first among equals, else the fallback");
  }
  return 0;
}
