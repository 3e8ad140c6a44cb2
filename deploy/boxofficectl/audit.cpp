// audit: every promise, checked against what the database holds.

#include "audit/service.h"

#include "command.h"

namespace boxoffice::ctl {
namespace {

Table table_of(const audit::Finding& finding) {
  Table out;
  for (const auto* column : finding.invariant->columns) out.columns.emplace_back(column);
  for (const auto& row : finding.rows) {
    auto& cells = out.rows.emplace_back();
    for (const auto& value : row.values()) cells.push_back(cell_of(value));
  }
  return out;
}

std::string text_of(const audit::Audit& audit) {
  std::string out;
  for (const auto& finding : audit.findings) {
    const auto& invariant = *finding.invariant;
    if (finding.rows.empty()) {
      out += std::string("ok      ") + invariant.name + ": " + invariant.promise + "\n";
      continue;
    }
    out += std::string("BROKEN  ") + invariant.name + ": " + invariant.promise + "\n";
    out += text_table(table_of(finding), "        ");
    if (finding.more) out += "        … and more\n";
  }
  const auto count = std::to_string(audit.findings.size());
  if (audit.broken == 0) return out + "all " + count + " invariants hold\n";
  return out + std::to_string(audit.broken) + " of " + count + " invariants are broken\n";
}

json::Object object_of(const audit::Audit& audit) {
  json::Array list;
  for (const auto& finding : audit.findings) {
    json::Object one;
    one.set("name", finding.invariant->name)
        .set("promise", finding.invariant->promise)
        .set("ok", finding.rows.empty())
        .set("rows", json_rows(table_of(finding)))
        .set("more", finding.more);
    list.add(std::move(one));
  }
  json::Object body;
  body.set("ok", audit.broken == 0).set("invariants", std::move(list));
  return body;
}

Answer statements() {
  Answer answer;
  json::Array list;
  for (const auto& invariant : audit::invariants()) {
    json::Object one;
    one.set("name", invariant.name).set("promise", invariant.promise).set("sql", invariant.sql);
    list.add(std::move(one));
    answer.text += std::string("-- ") + invariant.name + ": " + invariant.promise + "\n";
    answer.text += std::string(invariant.sql) + ";\n\n";
  }
  json::Object body;
  body.set("invariants", std::move(list));
  answer.object = std::move(body);
  return answer;
}

Result<Answer> audit(Context& context) {
  if (context.arguments.has("--sql")) return statements();
  const auto found = audit::run(context.patient_connection(), context.config.max_seats_per_user);
  Answer answer;
  answer.ok = found.broken == 0;
  answer.text = text_of(found);
  answer.object = object_of(found);
  return answer;
}

}  // namespace

Commands audit_commands() {
  return {{"audit", "Checks every invariant in one snapshot; exit code 1 and the rows where one is broken",
           {{"--sql", "", "print the statements instead of running them", Kind::flag}},
           "audit --json", audit}};
}

}  // namespace boxoffice::ctl
