#include "services/push_dispatcher/ingest/registry_applier.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

using registry_watch::Registration;
using registry_watch::RegistrySnapshot;

namespace {

// Passes when the registry tells of it; for good only if the registry has lost
// revisions.
absl::Status LaterInForce(int64_t in_force, int64_t known) {
  return absl::UnavailableError(absl::StrCat(
      "revision ", in_force, " of the registry is in force, but the registry ",
      "has told of ", known, " only; was it restored from a backup?"));
}

struct Difference {
  std::vector<KnownAppservice> changed;
  std::vector<AppserviceUid> gone;

  bool LosesAny() const {
    return !gone.empty() ||
           absl::c_any_of(changed, [](const KnownAppservice& appservice) {
             return !appservice.has_queue;
           });
  }
};

// Those of `snapshot` that `other` doesn't have at the same place.
void ForEachMoved(const RegistrySnapshot& snapshot,
                  const RegistrySnapshot& other,
                  absl::FunctionRef<void(const Registration&)> callback) {
  const auto& registrations = snapshot.registrations();
  const auto& others = other.registrations();
  for (size_t i = 0; i < registrations.size(); ++i) {
    if (registrations[i] == nullptr) continue;
    if (i < others.size() && others[i] == registrations[i]) continue;
    callback(*registrations[i]);
  }
}

// What hasn't changed is shared, mostly at the same place.
Difference Compare(const RegistrySnapshot& before,
                   const RegistrySnapshot& after) {
  Difference difference;
  ForEachMoved(after, before, [&](const Registration& registration) {
    if (before.FindByUid(registration.uid) == &registration) return;
    const std::optional<AppserviceUid> uid = ParseUid(registration.uid);
    if (!uid.has_value()) {
      log::Error("a registration's uid is not a number",
                 {{"appservice_id", registration.id}});
      return;
    }
    difference.changed.push_back({.uid = *uid,
                                  .appservice_id = registration.id,
                                  .has_queue = !registration.url.empty()});
  });
  ForEachMoved(before, after, [&](const Registration& registration) {
    if (after.FindByUid(registration.uid) != nullptr) return;
    const std::optional<AppserviceUid> uid = ParseUid(registration.uid);
    if (uid.has_value()) difference.gone.push_back(*uid);
  });
  return difference;
}

}  // namespace

RegistryApplier::RegistryApplier(IngestStore& store,
                                 const registry_watch::LatestSnapshot& latest,
                                 registry_watch::LatestSnapshot& applied,
                                 Listener listener)
    : store_(store),
      latest_(latest),
      applied_(applied),
      listener_(std::move(listener)) {}

bool RegistryApplier::Behind() const {
  return latest_.ready() &&
         (rules_ == nullptr ||
          latest_.Snapshot()->revision() > rules_->revision());
}

absl::Status RegistryApplier::CatchUp() {
  if (!latest_.ready()) {
    return absl::UnavailableError("the registry has not been reached yet");
  }
  const std::shared_ptr<const RegistrySnapshot> snapshot = latest_.Snapshot();
  if (rules_ != nullptr && snapshot->revision() < rules_->revision()) {
    return LaterInForce(rules_->revision(), snapshot->revision());
  }
  if (!Behind()) return absl::OkStatus();

  CAUSEWAY_ASSIGN_OR_RETURN(const Written written, Write(*snapshot));
  const AppliedRegistry& applied = written.applied;
  if (applied.revision > snapshot->revision()) {
    return LaterInForce(applied.revision, snapshot->revision());
  }
  rules_ = std::make_shared<InterestRules>(snapshot);
  log::Info("registrations in force", {{"revision", snapshot->revision()},
                                       {"created", applied.created.size()},
                                       {"dropped", applied.dropped.size()}});
  listener_(applied, written.may_have_gone);
  applied_.Set(snapshot);
  return absl::OkStatus();
}

absl::StatusOr<RegistryApplier::Written> RegistryApplier::Write(
    const RegistrySnapshot& snapshot) {
  if (rules_ != nullptr) {
    const Difference difference = Compare(rules_->snapshot(), snapshot);
    absl::StatusOr<AppliedRegistry> applied =
        store_.ApplyRegistryChanges(rules_->revision(), snapshot.revision(),
                                    difference.changed, difference.gone);
    if (applied.ok()) {
      return Written{*std::move(applied), difference.LosesAny()};
    }
    if (!absl::IsAborted(applied.status())) return applied.status();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      AppliedRegistry applied,
      store_.ApplyRegistry(snapshot.revision(),
                           Compare(RegistrySnapshot(), snapshot).changed));
  return Written{std::move(applied)};
}

}  // namespace causeway::push
