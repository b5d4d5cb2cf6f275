#include "services/push_dispatcher/store/source_history.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace causeway::push {

absl::Status NoSuchSource(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("there is no source ", name));
}

ChainPoint EndOfHistory(const SourceState& source) {
  ChainPoint end =
      source.end.position < source.news.position ? source.news : source.end;
  end.position -= source.offset;
  return end;
}

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
  if (!known || common.position >= EndOfHistory(source).position) {
    return absl::FailedPreconditionError(absl::StrCat(
        "position ", common.position, " is no known point of what it told"));
  }
  return absl::OkStatus();
}

SourceState Restarted(const SourceState& source, const ChainPoint& common) {
  SourceState restarted = source;
  ++restarted.incarnation;
  restarted.offset = source.end.position - 1;
  restarted.end.prefix_sha256 = ChainPoint().prefix_sha256;
  restarted.news = {restarted.offset + common.position, common.prefix_sha256};
  return restarted;
}

AuditRecord RestartRecord(const SourceState& source, const ChainPoint& common) {
  return {.action = "source_restarted",
          .detail = absl::StrCat(source.name, ", incarnation ",
                                 source.incarnation + 1, ", new from position ",
                                 common.position, ", had come to ",
                                 EndOfHistory(source).position),
          .reason =
              "its history is another one, as after the restore of a backup: "
              "events from that position on may come a second time"};
}

AuditRecord ForgottenRecord(absl::string_view source_name,
                            int64_t history_count, const std::string& reason) {
  return {.action = "left_histories_forgotten",
          .detail = absl::StrCat(source_name, ", histories: ", history_count),
          .reason = reason};
}

std::optional<ChainPoint> PointToNote(const SourceState& source,
                                      int64_t newest_position) {
  const ChainPoint point = {source.end.position - source.offset,
                            source.end.prefix_sha256};
  if (source.end.position <= source.news.position ||
      point.position <= newest_position) {
    return std::nullopt;
  }
  return point;
}

}  // namespace causeway::push
