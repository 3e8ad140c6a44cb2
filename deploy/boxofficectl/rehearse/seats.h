// Lists of seats as a fan reads them, and which of them they want.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace boxoffice::rehearse {

// From the list of a concert's evenings: how many seats of this one are free.
std::optional<std::int64_t> available_seats_of(const std::string& body, std::int64_t session);
// The ids of the seats that can be had, by number.
std::vector<std::int64_t> free_seats_of(const std::string& body);

// Everybody wants the front, where the numbers are low, and seats side by side; so the same seats
// are wanted by many. Fewer than wanted where there are no more.
std::vector<std::int64_t> choose_seats(const std::vector<std::int64_t>& free, int wanted,
                                       std::mt19937& chance);

}  // namespace boxoffice::rehearse
