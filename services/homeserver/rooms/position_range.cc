#include "services/homeserver/rooms/position_range.h"

#include <algorithm>

namespace causeway::homeserver {

PositionRanges Normalise(std::vector<PositionRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const PositionRange& a, const PositionRange& b) {
              return a.first < b.first;
            });
  PositionRanges normal;
  for (const PositionRange& range : ranges) {
    if (range.empty()) continue;
    // `first - 1`, since `last + 1` may overflow.
    if (!normal.empty() && range.first - 1 <= normal.back().last) {
      normal.back().last = std::max(normal.back().last, range.last);
    } else {
      normal.push_back(range);
    }
  }
  return normal;
}

PositionRanges Clip(const PositionRanges& ranges, PositionRange window) {
  PositionRanges clipped;
  for (const PositionRange& range : ranges) {
    PositionRange part = {std::max(range.first, window.first),
                          std::min(range.last, window.last)};
    if (!part.empty()) clipped.push_back(part);
  }
  return clipped;
}

bool Contains(const PositionRanges& ranges, int64_t position) {
  return !Clip(ranges, {position, position}).empty();
}

}  // namespace causeway::homeserver
