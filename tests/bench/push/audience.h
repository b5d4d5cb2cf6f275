#ifndef CAUSEWAY_TESTS_BENCH_PUSH_AUDIENCE_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_AUDIENCE_H_

#include <algorithm>
#include <cstdint>

namespace causeway::bench {

// The sender whom every application service of an everyone-site claims.
inline constexpr int kEveryonesSender = 99999;

// Which application services get which events of one run. Application services
// are numbered from 0; positions are those of the source.
//
// Everyone gets every event, or each event goes to one, in turn. In turn is the
// hardest order: a batch concerns as many as it can.
struct Audience {
  int first_appservice = 0;
  int appservice_count = 1;
  bool everyone = false;
  int64_t first_position = 1;

  // The number in the sender's name, which is what namespaces match.
  int Sender(int64_t position) const {
    return everyone ? kEveryonesSender : Owner(position);
  }

  // The number of the room: about 1000 rooms, or one for each of more
  // application services, so that nobody shares one.
  int Room(int64_t position) const {
    const int64_t index = position - first_position;
    if (everyone) return static_cast<int>(index % kRooms);
    const int rooms_each = std::max(1, kRooms / appservice_count);
    const int64_t round = index / appservice_count;
    return Owner(position) + 10000 * static_cast<int>(round % rooms_each);
  }

  // Between two events of one application service.
  int64_t Stride() const { return everyone ? 1 : appservice_count; }

  bool Has(int appservice) const {
    return appservice >= first_appservice &&
           appservice < first_appservice + appservice_count;
  }

  // The first position that `appservice`, which must be of it, gets.
  int64_t FirstOf(int appservice) const {
    return first_position + (everyone ? 0 : appservice - first_appservice);
  }

  int64_t DeliveriesOf(int64_t event_count) const {
    return event_count * (everyone ? appservice_count : 1);
  }

  // What a run has to begin with so that each room and each application
  // service has been met.
  int64_t WarmUpEvents() const {
    return std::max<int64_t>(2 * kRooms, 2 * appservice_count);
  }

 private:
  static constexpr int kRooms = 1000;

  int Owner(int64_t position) const {
    return first_appservice +
           static_cast<int>((position - first_position) % appservice_count);
  }
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_AUDIENCE_H_
