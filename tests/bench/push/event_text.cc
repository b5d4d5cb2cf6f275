#include "tests/bench/push/event_text.h"

#include <random>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace causeway::bench {
namespace {

constexpr std::string_view kHead =
    R"({"event_id":"$bench-000000000000",)"
    R"("room_id":"!bench-00000000:bench.test",)"
    R"("sender":"@bench-00000_user:bench.test","type":"m.room.message",)"
    R"("origin_server_ts":1421416883133,)"
    R"("content":{"msgtype":"m.text","body":")";
constexpr std::string_view kTail = R"("}})";

constexpr size_t After(std::string_view mark) {
  return kHead.find(mark) + mark.size();
}
constexpr size_t kNumberAt = After("$bench-");
constexpr size_t kRoomAt = After("!bench-");
constexpr size_t kSenderAt = After("@bench-");
constexpr size_t kRoomDigits = 8;
constexpr size_t kSenderDigits = 5;
constexpr size_t kBodyBytes = kEventBytes - kHead.size() - kTail.size();

constexpr int kWords = 1000;
constexpr int kWordLettersMin = 2;
constexpr int kWordLettersMax = 9;

void WriteDigits(char* at, size_t digits, int64_t value) {
  for (size_t i = digits; i > 0; --i, value /= 10) {
    at[i - 1] = static_cast<char>('0' + value % 10);
  }
}

std::vector<std::string> Words(std::mt19937& random) {
  std::vector<std::string> words(kWords);
  std::uniform_int_distribution<int> length(kWordLettersMin, kWordLettersMax);
  std::uniform_int_distribution<int> letter('a', 'z');
  for (std::string& word : words) {
    for (int i = length(random); i > 0; --i) {
      word.push_back(static_cast<char>(letter(random)));
    }
  }
  return words;
}

}  // namespace

EventText::EventText(int body_count) {
  std::mt19937 random;  // Default seed: the same texts in each process.
  const std::vector<std::string> words = Words(random);
  // Few words are used often, as in speech.
  std::geometric_distribution<int> word(0.01);
  for (int i = 0; i < body_count; ++i) {
    std::string body;
    while (body.size() < kBodyBytes) {
      absl::StrAppend(&body, words[word(random) % kWords], " ");
    }
    body.resize(kBodyBytes);
    events_.push_back(std::string(kHead) + body + std::string(kTail));
  }
}

void EventText::Renumber(char* event, int64_t number, int room, int sender) {
  WriteDigits(event + kNumberAt, kNumberDigits, number);
  WriteDigits(event + kRoomAt, kRoomDigits, room);
  WriteDigits(event + kSenderAt, kSenderDigits, sender);
}

std::string EventText::SenderPrefix(int sender) {
  return absl::StrFormat("@bench-%05d_", sender);
}

}  // namespace causeway::bench
