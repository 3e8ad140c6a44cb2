// Bounds that are not settings, each with its unit and its reason. The same numbers stand in the
// configuration of MariaDB and nginx; a test compares them.
#pragma once

#include <cstdint>

namespace boxoffice::limits {

// The chain of deadlines: who waits for whom. Each gives up before the one that waits for it.
inline constexpr std::int64_t kLockWaitSeconds = 1;      // a row that somebody else has locked
inline constexpr std::int64_t kStatementSeconds = 3;     // one statement in the database
inline constexpr std::int64_t kDatabaseReadSeconds = 4;  // an answer of the database
inline constexpr std::int64_t kRequestAgeSeconds = 8;    // a request that waited this long is dropped
inline constexpr std::int64_t kGatewayReadSeconds = 10;  // nginx, for a function's answer
static_assert(kLockWaitSeconds < kStatementSeconds && kStatementSeconds < kDatabaseReadSeconds &&
              kDatabaseReadSeconds < kRequestAgeSeconds &&
              kRequestAgeSeconds < kGatewayReadSeconds);

// "The database is away" must be answered within two seconds, a second attempt included.
inline constexpr std::int64_t kDatabaseConnectSeconds = 1;

// A worker that is still at a request after this long hangs: it is ended then, or up to the spare time
// later, and nginx has given up.
inline constexpr std::int64_t kWorkerSeconds = 10;
inline constexpr std::int64_t kWorkerSpareSeconds = 1;
static_assert(kWorkerSeconds >= kGatewayReadSeconds);

inline constexpr std::int64_t kBodyBytes = 8 * 1024;  // the largest request body; nginx's, too

}  // namespace boxoffice::limits
