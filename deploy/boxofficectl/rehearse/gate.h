// Before the crowd is let loose: does the stack answer, may one address ask so much, and is it the
// database's own?
#pragma once

#include "base/result.h"
#include "rehearse/options.h"

namespace boxoffice::rehearse {

// No answer at all, or 429 for many requests from one address.
Result<Done> check_answers(const Options& options);
// The stack knows the concert that was made in the database.
Result<Done> check_stage(const Options& options, std::int64_t concert);

}  // namespace boxoffice::rehearse
