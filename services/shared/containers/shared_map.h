#ifndef CAUSEWAY_SERVICES_SHARED_CONTAINERS_SHARED_MAP_H_
#define CAUSEWAY_SERVICES_SHARED_CONTAINERS_SHARED_MAP_H_

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace causeway::containers {

// A hash map that shares most of its memory with the one that it was made from:
// to change one key of n costs n / kPartCount, not n. For state that is swapped
// as a whole and differs little each time.
//
// Immutable but for assignment, therefore thread-compatible; copies are
// independent of each other.
template <typename Value>
class SharedMap {
 public:
  // The new value of each key; nullopt takes it out.
  using Changes = absl::flat_hash_map<std::string, std::optional<Value>>;

  // Null when it isn't there. Lives as long as any map that has it unchanged.
  const Value* Find(absl::string_view key) const {
    const size_t hash = Hash(key);
    const Part* part = parts_[PartOf(hash)].get();
    if (part == nullptr) return nullptr;
    auto found = part->find(key, hash);
    return found == part->end() ? nullptr : &found->second;
  }

  size_t size() const { return size_; }

  SharedMap With(Changes changes) const {
    SharedMap result = *this;
    std::array<std::shared_ptr<Part>, kPartCount> changed;
    for (auto& [key, value] : changes) {
      const size_t index = PartOf(Hash(key));
      if (changed[index] == nullptr) {
        changed[index] = parts_[index] == nullptr
                             ? std::make_shared<Part>()
                             : std::make_shared<Part>(*parts_[index]);
        result.parts_[index] = changed[index];
      }
      Part& part = *changed[index];
      result.size_ -= part.size();
      if (value.has_value()) {
        part.insert_or_assign(key, *std::move(value));
      } else {
        part.erase(key);
      }
      result.size_ += part.size();
    }
    return result;
  }

 private:
  using Part = absl::flat_hash_map<std::string, Value>;
  static constexpr size_t kPartCount = 256;

  static size_t Hash(absl::string_view key) {
    return typename Part::hasher()(key);
  }
  // By other bits than those that Part goes by first.
  static size_t PartOf(size_t hash) { return hash >> (8 * sizeof(size_t) - 8); }

  std::array<std::shared_ptr<const Part>, kPartCount> parts_;  // Null: empty.
  size_t size_ = 0;
};

}  // namespace causeway::containers

#endif  // CAUSEWAY_SERVICES_SHARED_CONTAINERS_SHARED_MAP_H_
