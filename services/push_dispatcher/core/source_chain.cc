#include "services/push_dispatcher/core/source_chain.h"

#include "services/shared/matrix/token.h"

namespace causeway::push {

ChainPoint NextPoint(const ChainPoint& point, absl::string_view record_sha256) {
  return {.position = point.position + 1,
          .prefix_sha256 = matrix::Sha256(point.prefix_sha256, record_sha256)};
}

ChainVerdict JudgeBatch(const ChainPoint& end,
                        absl::Span<const ChainPoint> known,
                        const ChainPoint& begin,
                        absl::Span<const std::string> record_sha256s) {
  if (begin.position > end.position) return {.outcome = ChainOutcome::kGap};

  ChainVerdict verdict;
  ChainPoint point = begin;
  auto disagrees = [&](const ChainPoint& other) {
    return point.position == other.position &&
           point.prefix_sha256 != other.prefix_sha256;
  };
  for (size_t i = 0;; ++i) {
    while (!known.empty() && known.front().position < point.position) {
      known.remove_prefix(1);
    }
    if (disagrees(end) || (!known.empty() && disagrees(known.front()))) {
      return {.outcome = ChainOutcome::kDiverged};
    }
    if (point.position <= end.position) verdict.known_count = i;
    if (i == record_sha256s.size()) break;
    point = NextPoint(point, record_sha256s[i]);
  }
  // All of it is old: whether it is ours only a point at its end can tell.
  if (point.position < end.position &&
      (known.empty() || known.front().position != point.position)) {
    return {.outcome = ChainOutcome::kGap};
  }
  verdict.end = point.position > end.position ? point : end;
  return verdict;
}

}  // namespace causeway::push
