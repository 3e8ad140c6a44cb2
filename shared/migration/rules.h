// Files of sql/schema as versions and statements. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::migration {

struct File {
  std::int64_t version;  // 7 of 007_outbox.sql
  std::string name;
  std::vector<std::string> statements;
};

// Nothing where the name is not NNN_what.sql.
std::optional<std::int64_t> version_of(std::string_view name);

// A statement ends with a `;` at the end of a line, or with what a line `DELIMITER …` has set.
// Lines of comment are left out: what a file does, not what it says, is what must not change once
// it is applied.
std::vector<std::string> split(std::string_view text);

// The first `count` statements as one text, for the checksum.
std::string joined(const File& file, std::size_t count);

}  // namespace boxoffice::migration
