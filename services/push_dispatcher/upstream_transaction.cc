#include "services/push_dispatcher/upstream_transaction.h"

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/publish_request.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/event_view.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

constexpr char kCanonicalAliasType[] = "m.room.canonical_alias";
// Of the reasons of events that were refused: enough for a record.
constexpr size_t kRefusedReasonBytesMax = 1024;

absl::Status NotJson(simdjson::error_code error) {
  return matrix::MakeError(
      absl::StatusCode::kInvalidArgument, "M_NOT_JSON",
      absl::StrCat("body: not JSON: ", simdjson::error_message(error)));
}

absl::Status CheckRequest(const v1::PublishTransactionRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckPublishingSource(request.source()));
  const std::string& txn_id = request.txn_id();
  if (txn_id.empty() || txn_id.size() > kUpstreamTxnIdBytesMax ||
      txn_id.find('\0') != std::string::npos) {
    return matrix::InvalidParam(
        "txn_id", absl::StrCat("must have 1 to ", kUpstreamTxnIdBytesMax,
                               " bytes and no NUL"));
  }
  if (request.body().size() > kPublishBytesMax) {
    return matrix::InvalidParam(
        "body", absl::StrCat("has ", request.body().size(), " bytes, at most ",
                             kPublishBytesMax, " are taken"));
  }
  return absl::OkStatus();
}

// The elements of `events` in `body`, as they stand there. `padded` is a copy.
// Reading on demand finds where they begin and end; it checks only what it
// passes, so that the whole has to be known to be JSON.
absl::StatusOr<std::vector<absl::string_view>> FindEvents(
    absl::string_view body, const simdjson::padded_string& padded) {
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array events;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) {
    return matrix::BadJson("body", "expected an object");
  }
  const simdjson::error_code found = document["events"].get(events);
  // What a homeserver sends that has ephemeral data alone to tell.
  if (found == simdjson::NO_SUCH_FIELD) return std::vector<absl::string_view>();
  if (found != simdjson::SUCCESS) {
    return matrix::BadJson("body.events", "expected an array");
  }
  std::vector<absl::string_view> elements;
  for (auto element : events) {
    std::string_view text;
    const simdjson::error_code error =
        simdjson::to_json_string(element).get(text);
    if (error != simdjson::SUCCESS) return NotJson(error);
    elements.push_back(body.substr(
        static_cast<size_t>(text.data() - padded.data()), text.size()));
  }
  return elements;
}

absl::StatusOr<std::vector<absl::string_view>> SplitBody(
    absl::string_view body) {
  const simdjson::padded_string padded(body.data(), body.size());
  dom::parser parser;
  dom::element root;
  const simdjson::error_code error = parser.parse(padded).get(root);
  if (error != simdjson::SUCCESS) return NotJson(error);
  if (!root.is_object()) return matrix::BadJson("body", "expected an object");
  return FindEvents(body, padded);
}

void AddAlias(dom::element element, std::vector<std::string>& aliases) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return;
  const absl::string_view room_alias(text.data(), text.size());
  if (IsUsableId(room_alias)) aliases.emplace_back(room_alias);
}

// An upstream homeserver doesn't tell which aliases its directory has. What the
// room says of itself is the best there is.
// Source: https://spec.matrix.org/v1.17/client-server-api/#mroomcanonical_alias
std::vector<std::string> AliasesIn(absl::string_view event_json,
                                   dom::parser& parser) {
  std::vector<std::string> aliases;
  dom::element root;
  dom::element content;
  if (parser.parse(event_json.data(), event_json.size()).get(root) !=
          simdjson::SUCCESS ||
      root["content"].get(content) != simdjson::SUCCESS) {
    return aliases;
  }
  dom::element main;
  if (content["alias"].get(main) == simdjson::SUCCESS) AddAlias(main, aliases);
  dom::array others;
  if (content["alt_aliases"].get(others) == simdjson::SUCCESS) {
    for (dom::element other : others) AddAlias(other, aliases);
  }
  return aliases;
}

void AddReason(const absl::Status& refused, std::string& reason) {
  if (reason.size() >= kRefusedReasonBytesMax) return;
  absl::StrAppend(&reason, reason.empty() ? "" : "; ", refused.message());
}

}  // namespace

absl::StatusOr<PublishBatch> ParseUpstreamTransaction(
    const v1::PublishTransactionRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckRequest(request));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<absl::string_view> events,
                            SplitBody(request.body()));
  if (events.size() > kUpstreamEventsMax) {
    return matrix::InvalidParam(
        "body.events", absl::StrCat("has ", events.size(), ", at most ",
                                    kUpstreamEventsMax, " are taken"));
  }
  PublishBatch batch;
  batch.source = request.source();
  UpstreamTransaction& transaction = batch.upstream.emplace();
  transaction.txn_id = request.txn_id();
  transaction.body_sha256 = matrix::Sha256(request.body());
  matrix::EventParser parser;
  dom::parser alias_parser;
  for (size_t i = 0; i < events.size(); ++i) {
    PublishedRecord record;
    const auto view = ReadPublishedEvent(
        events[i], absl::StrCat("events[", i, "]"), parser, record);
    if (!view.ok()) {
      ++transaction.refused_count;
      AddReason(view.status(), transaction.refused_reason);
      continue;
    }
    if (view->type == kCanonicalAliasType &&
        view->state_key == absl::string_view("")) {
      record.all_aliases = AliasesIn(events[i], alias_parser);
    }
    transaction.event_keys.push_back(
        matrix::Sha256(view->event_id).substr(0, kEventKeyBytes));
    batch.event_bytes += events[i].size();
    batch.records.push_back(std::move(record));
  }
  return batch;
}

}  // namespace causeway::push
