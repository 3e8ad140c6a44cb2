// settings, errors: tables that the programs themselves are made from.

#include "base/errors.h"
#include "command.h"

namespace boxoffice::ctl {
namespace {

// With --markdown, as the README has it.
Answer as_asked(const Context& context, Answer answer) {
  if (!context.arguments.has("--markdown")) return answer;
  json::Object body;
  body.set(answer.list.c_str(), json_rows(answer.table));
  answer.object = std::move(body);
  answer.text = markdown_table(answer.table);
  return answer;
}

std::string text(std::string_view view) { return std::string(view); }

Result<Answer> settings_table(Context& context) {
  auto answer = rows("settings", {"name", "default", "allowed", "meaning"});
  for (const auto& row : settings()) {
    answer.table.rows.push_back({text(row.name), text(row.fallback), text(row.bounds), text(row.help)});
  }
  return as_asked(context, std::move(answer));
}

const char* name_of(Stage stage) {
  switch (stage) {
    case Stage::transport: return "transport";
    case Stage::identity: return "identity";
    case Stage::replay: return "replay";
    case Stage::admission: return "admission";
    case Stage::shape: return "shape";
    case Stage::existence: return "existence";
    case Stage::state: return "state";
    case Stage::fault: return "fault";
  }
  return "";
}

Result<Answer> errors_table(Context& context) {
  auto answer = rows("errors", {"code", "status", "stage", "meaning", "advice"});
  for (const auto& row : kErrors) {
    answer.table.rows.push_back({text(row.name), std::int64_t{row.status}, std::string(name_of(row.stage)),
                                 text(row.title_en), text(row.advice_en)});
  }
  return as_asked(context, std::move(answer));
}

}  // namespace

Commands reference_commands() {
  const Parameter markdown{"--markdown", "", "as a Markdown table", Kind::flag};
  return {
      {"settings", "Lists every setting with its default; settings are environment variables",
       {markdown}, "settings --markdown", settings_table},
      {"errors", "Lists every error of the API, in order of precedence", {markdown}, "errors", errors_table},
  };
}

}  // namespace boxoffice::ctl
