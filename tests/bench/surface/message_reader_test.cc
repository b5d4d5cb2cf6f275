#include "tests/bench/surface/message_reader.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::bench {
namespace {

using ::testing::ElementsAre;

constexpr absl::string_view kTwo =
    "PUT /a HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabc"
    "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";

std::vector<std::string> ReadInPieces(absl::string_view text, size_t bytes) {
  MessageReader reader;
  std::vector<std::string> read;
  while (!text.empty()) {
    absl::string_view piece = text.substr(0, bytes);
    text.remove_prefix(piece.size());
    while (!piece.empty()) {
      if (!reader.Read(piece).value()) continue;
      read.push_back(reader.first_line() + "|" + reader.body());
    }
  }
  return read;
}

TEST(MessageReaderTest, TakesPiecesOfAnySize) {
  for (size_t bytes = 1; bytes <= kTwo.size(); ++bytes) {
    EXPECT_THAT(ReadInPieces(kTwo, bytes),
                ElementsAre("PUT /a HTTP/1.1|abc", "GET /b HTTP/1.1|"))
        << bytes;
  }
}

TEST(MessageReaderTest, RefusesWhatHasNoLength) {
  MessageReader reader;
  absl::string_view text = "PUT /a HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(reader.Read(text).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace causeway::bench
