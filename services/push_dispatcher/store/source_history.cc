#include "services/push_dispatcher/store/source_history.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace causeway::push {

absl::Status CheckRestart(const SourceState& source,
                          const SourceHistory& history, int64_t incarnation,
                          const ChainPoint& common) {
  if (source.upstream) {
    return absl::FailedPreconditionError(
        "the source's positions are given here: it can't begin anew");
  }
  if (source.incarnation != incarnation) {
    return absl::AbortedError(absl::StrCat("the source is in incarnation ",
                                           source.incarnation, " already"));
  }
  const bool known = std::find(history.passed.begin(), history.passed.end(),
                               common) != history.passed.end();
  // One that begins anew before it has told all again has come to where it was.
  const int64_t told = std::max(source.end.position, source.news.position);
  if (!known || common.position >= told - source.offset) {
    return absl::FailedPreconditionError(absl::StrCat(
        "position ", common.position, " is no known point of what it told"));
  }
  return absl::OkStatus();
}

AuditRecord RestartRecord(const SourceState& source, const ChainPoint& common) {
  const int64_t end = source.end.position - source.offset;
  return {.action = "source_restarted",
          .detail = absl::StrCat(source.name, ", incarnation ",
                                 source.incarnation + 1, ", new from position ",
                                 common.position, ", had come to ", end),
          .reason =
              "its history is another one, as after the restore of a backup: "
              "events from that position on may come a second time"};
}

}  // namespace causeway::push
