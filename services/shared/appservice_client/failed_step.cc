#include "services/shared/appservice_client/failed_step.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace causeway::appservice_client {
namespace {

constexpr char kPayloadUrl[] = "causeway/failed_step";

constexpr std::pair<Step, absl::string_view> kNames[] = {
    {Step::kName, "name"},
    {Step::kAddress, "address"},
    {Step::kConnection, "connection"},
    {Step::kTls, "tls"},
    {Step::kAnswer, "answer"}};

}  // namespace

void SetFailedStep(absl::Status& status, Step step) {
  for (const auto& [known, name] : kNames) {
    if (known == step) status.SetPayload(kPayloadUrl, absl::Cord(name));
  }
}

std::optional<Step> FailedStep(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return std::nullopt;
  for (const auto& [step, name] : kNames) {
    if (*payload == name) return step;
  }
  return std::nullopt;
}

}  // namespace causeway::appservice_client
