#include "services/shared/server/readiness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace causeway::server {

void Readiness::AddCheck(std::string name, ReadinessCheck check) {
  checks_.push_back(
      {.name = std::move(name), .check = std::move(check), .advisory = false});
}

void Readiness::AddAdvisoryCheck(std::string name, ReadinessCheck check) {
  checks_.push_back(
      {.name = std::move(name), .check = std::move(check), .advisory = true});
}

void Readiness::Evaluate() {
  std::vector<absl::Status> results;
  results.reserve(checks_.size());
  for (NamedCheck& named : checks_) results.push_back(named.check());
  absl::MutexLock lock(&mu_);
  results_ = std::move(results);
  evaluated_ = true;
}

void Readiness::SetDraining() {
  absl::MutexLock lock(&mu_);
  draining_ = true;
}

bool Readiness::ready() const {
  absl::MutexLock lock(&mu_);
  if (!evaluated_ || draining_) return false;
  for (size_t i = 0; i < results_.size(); ++i) {
    if (!results_[i].ok() && !checks_[i].advisory) return false;
  }
  return true;
}

std::string Readiness::Report() const {
  absl::MutexLock lock(&mu_);
  if (!evaluated_) return "process: starting\n";
  std::string report;
  if (draining_) report = "process: shutting down\n";
  for (size_t i = 0; i < results_.size(); ++i) {
    const std::string prefix = absl::StrCat(checks_[i].name, ": ");
    // An error may name what it is about too: once is enough.
    const absl::string_view why =
        absl::StripPrefix(results_[i].message(), prefix);
    absl::StrAppend(
        &report, prefix,
        results_[i].ok() ? "ok" : absl::StrReplaceAll(why, {{"\n", " "}}),
        "\n");
  }
  return report.empty() ? "process: ok\n" : report;
}

}  // namespace causeway::server
