// What may be written about a user.
#include <gtest/gtest.h>

#include "account/rules.h"

using boxoffice::account::looks_like_email;

namespace {

TEST(LooksLikeEmail, FindsOutASlip) {
  for (const char* good : {"mina@example.org", "a@b", "first.last+tag@sub.example.co.kr", "민아@예시.한국"}) {
    EXPECT_TRUE(looks_like_email(good)) << good;
  }
  for (const char* bad : {"", "@", "mina", "minaatexample.org", "@example.org", "mina@", "mina@a@b",
                          "mi na@example.org", "mina@example.org "}) {
    EXPECT_FALSE(looks_like_email(bad)) << bad;
  }
}

}  // namespace
