// Argon2id by libsodium; the only includer of sodium.h is password.cpp.
#pragma once

#include <string>
#include <string_view>

namespace boxoffice::password {

std::string hash(std::string_view password);
bool verify(const std::string& hash, std::string_view password);
const std::string& decoy();  // a hash that no password has, for comparisons that must cost the same

// SHA-256 of the text, 32 bytes.
std::string sha256(std::string_view text);

}  // namespace boxoffice::password
