#include "services/shared/server/readiness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace causeway::server {

void Readiness::AddCheck(std::string name, ReadinessCheck check) {
  checks_.emplace_back(std::move(name), std::move(check));
}

void Readiness::Evaluate() {
  std::vector<absl::Status> results;
  results.reserve(checks_.size());
  for (auto& [name, check] : checks_) results.push_back(check());
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
  return evaluated_ && !draining_ &&
         std::all_of(results_.begin(), results_.end(),
                     [](const absl::Status& result) { return result.ok(); });
}

std::string Readiness::Report() const {
  absl::MutexLock lock(&mu_);
  if (!evaluated_) return "process: starting\n";
  std::string report;
  if (draining_) report = "process: shutting down\n";
  for (size_t i = 0; i < results_.size(); ++i) {
    const std::string prefix = absl::StrCat(checks_[i].first, ": ");
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
