#include <algorithm>
#include <charconv>

#include "command.h"

namespace boxoffice::ctl {
namespace {

Cell number_of(const Parameter& p, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= p.min && value <= p.max) {
    return value;
  }
  const auto range = p.max == INT64_MAX
                         ? std::to_string(p.min) + " or more"
                         : "from " + std::to_string(p.min) + " to " + std::to_string(p.max);
  throw Misuse(p.name + " " + text + ": must be a whole number " + range);
}

Cell instant_of(const Parameter& p, const std::string& text) {
  if (const auto instant = parse_rfc3339(text); instant && *instant >= Instant{0}) return *instant;
  throw Misuse(p.name + " " + text +
               ": must be a time, YYYY-MM-DDTHH:MM (local) or 2026-12-24T19:00:00+09:00");
}

Cell text_of(const Parameter& p, const std::string& text) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    throw Misuse(p.name + ": must have no control characters");
  }
  if (characters >= p.min && characters <= p.max) return text;
  throw Misuse(p.name + ": must have " + std::to_string(p.min) + " to " + std::to_string(p.max) +
               " characters");
}

Cell value_of(const Parameter& p, const std::string& text) {
  switch (p.kind) {
    case Kind::number: return number_of(p, text);
    case Kind::instant: return instant_of(p, text);
    case Kind::text: return text_of(p, text);
    case Kind::flag: return true;
  }
  return true;
}

const Parameter& option_named(const Command& command, const std::string& name) {
  for (const auto& p : command.parameters) {
    if (p.option() && p.name == name) return p;
  }
  throw Misuse("unknown option " + name);
}

}  // namespace

Arguments read_arguments(const Command& command, const std::vector<std::string>& words) {
  Arguments out;
  std::vector<const Parameter*> places;
  for (const auto& p : command.parameters) {
    if (!p.option()) places.push_back(&p);
  }
  std::size_t place = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (!word.starts_with("--")) {
      if (place == places.size()) throw Misuse("unexpected argument " + word);
      out.set(places[place]->name, value_of(*places[place], word));
      ++place;
      continue;
    }
    const auto equals = word.find('=');
    const auto& p = option_named(command, word.substr(0, equals));
    if (out.has(p.name)) throw Misuse(p.name + " is given twice");
    std::string value;
    if (equals != std::string::npos) {
      if (p.kind == Kind::flag) throw Misuse(p.name + " takes no value");
      value = word.substr(equals + 1);
    } else if (p.kind != Kind::flag) {
      if (i + 1 == words.size() || words[i + 1].starts_with("--")) {
        throw Misuse(p.name + " needs a value: " + p.placeholder);
      }
      value = words[++i];
    }
    out.set(p.name, value_of(p, value));
  }
  for (const auto& p : command.parameters) {
    if (p.required && !out.has(p.name)) throw Misuse(p.name + " is missing");
  }
  return out;
}

}  // namespace boxoffice::ctl
