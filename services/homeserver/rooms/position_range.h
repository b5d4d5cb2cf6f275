#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSITION_RANGE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSITION_RANGE_H_

#include <cstdint>
#include <limits>
#include <vector>

namespace causeway::homeserver {

inline constexpr int64_t kPositionMax = std::numeric_limits<int64_t>::max();

// Positions of the stream, both ends included. Positions are from 1.
struct PositionRange {
  int64_t first = 1;
  int64_t last = kPositionMax;

  bool empty() const { return first > last; }
  friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

// Ascending, none empty, none touching another.
using PositionRanges = std::vector<PositionRange>;

// `ranges`, in any order and overlapping, brought into that form.
PositionRanges Normalise(std::vector<PositionRange> ranges);

// What of `ranges` lies in `window`.
PositionRanges Clip(const PositionRanges& ranges, PositionRange window);

bool Contains(const PositionRanges& ranges, int64_t position);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSITION_RANGE_H_
