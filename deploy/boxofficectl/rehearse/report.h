// What is told of a rehearsal at its end: to people as text and as a page, to programs as JSON.
#pragma once

#include <string>

#include "json/writer.h"
#include "rehearse/figures.h"
#include "rehearse/options.h"
#include "rehearse/verdict.h"

namespace boxoffice::rehearse {

struct Told {
  const Options& options;
  const Crowd& crowd;
  const Verdict& verdict;
  const Figures& figures;
  std::string stage;    // the queue's and the concert's name
  std::string when;     // local time of the beginning
  std::string removal;  // what became of its data
  std::int64_t queue, concert;
};

std::string as_page(const Told& told);   // page.cpp: one HTML file that loads nothing
std::string as_text(const Told& told);   // summary.cpp
json::Object as_json(const Told& told);  // summary.cpp

}  // namespace boxoffice::rehearse
