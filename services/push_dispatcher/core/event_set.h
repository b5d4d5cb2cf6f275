#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EVENT_SET_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EVENT_SET_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace causeway::push {

// Some of the events of a segment, by index: one bit for each event that comes
// before the last one in the set. This is what a queue stores for a segment.
class EventSet {
 public:
  EventSet() = default;
  // `bits` as another EventSet gave them.
  explicit EventSet(std::string bits) : bits_(std::move(bits)) {}

  void Add(size_t index) {
    if (index / 8 >= bits_.size()) bits_.resize(index / 8 + 1, '\0');
    bits_[index / 8] = static_cast<char>(Byte(index / 8) | (1u << (index % 8)));
  }
  bool Contains(size_t index) const {
    return index / 8 < bits_.size() &&
           (Byte(index / 8) >> (index % 8) & 1u) != 0;
  }
  // The first one at `index` or behind it.
  std::optional<size_t> Next(size_t index) const {
    for (size_t byte = index / 8; byte < bits_.size(); ++byte) {
      unsigned left = Byte(byte);
      if (byte == index / 8) left &= 0xffu << (index % 8);
      if (left != 0) {
        return byte * 8 + static_cast<size_t>(__builtin_ctz(left));
      }
    }
    return std::nullopt;
  }
  int32_t count() const {
    int32_t count = 0;
    // Word by word: it is asked of every queue's set in every batch.
    for (size_t i = 0; i < bits_.size(); i += sizeof(uint64_t)) {
      uint64_t word = 0;
      std::memcpy(&word, bits_.data() + i,
                  std::min(sizeof(word), bits_.size() - i));
      if (word != 0) count += std::popcount(word);
    }
    return count;
  }
  const std::string& bits() const { return bits_; }

  bool operator==(const EventSet&) const = default;

 private:
  unsigned Byte(size_t i) const { return static_cast<unsigned char>(bits_[i]); }

  std::string bits_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EVENT_SET_H_
