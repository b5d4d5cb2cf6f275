#ifndef CAUSEWAY_TESTS_BENCH_PUSH_EVENT_TEXT_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_EVENT_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace causeway::bench {

// Every event has as many bytes, so that a body says by its length how many it
// holds, and a made event becomes another by overwriting digits.
inline constexpr size_t kEventBytes = 700;

// What an event begins with; its number, in kNumberDigits digits, follows.
inline constexpr absl::string_view kEventStart = R"({"event_id":"$bench-)";
inline constexpr size_t kNumberDigits = 12;

// Room messages of pseudo-words, which compress about as chat does.
//
// Immutable, so thread-safe.
class EventText {
 public:
  // `body_count` different message bodies, the same ones each time.
  explicit EventText(int body_count);

  int body_count() const { return static_cast<int>(events_.size()); }

  // An event with body number `body`, whose digits Renumber() sets.
  absl::string_view Event(int body) const { return events_[body]; }

  // Makes the kEventBytes bytes at `event` those of position `number`.
  static void Renumber(char* event, int64_t number, int room, int sender);

  // "@bench-00017_", what a sender's ID begins with.
  static std::string SenderPrefix(int sender);

 private:
  std::vector<std::string> events_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_EVENT_TEXT_H_
