#include "tests/bench/push/transaction_reader.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace causeway::bench {
namespace {

std::string Request(absl::string_view path, absl::string_view body) {
  return absl::StrCat("PUT ", path,
                      " HTTP/1.1\r\ncontent-LENGTH: ", body.size(),
                      "\r\nHost: a\r\n\r\n", body);
}

std::string Body(int64_t first, int event_count) {
  const EventText text(event_count);
  std::string body = R"({"events":[)";
  for (int i = 0; i < event_count; ++i) {
    std::string event(text.Event(i));
    EventText::Renumber(event.data(), first + i, 7, 17);
    absl::StrAppend(&body, i == 0 ? "" : ",", event);
  }
  return body + "]}";
}

// Goal: however the bytes are cut, each request is read. Method: two requests
// on one connection, in pieces of each size.
TEST(TransactionReaderTest, ReadsRequestsInPieces) {
  const std::string bytes =
      absl::StrCat(Request("/17/_matrix/app/v1/transactions/1", Body(5, 3)),
                   Request("/2/transactions/a", Body(123456789012, 1)));
  for (size_t size = 1; size <= bytes.size(); ++size) {
    TransactionReader reader;
    std::vector<Transaction> read;
    for (size_t at = 0; at < bytes.size(); at += size) {
      absl::string_view piece = absl::string_view(bytes).substr(at, size);
      while (!piece.empty()) {
        const absl::StatusOr<bool> complete = reader.Read(piece);
        ASSERT_TRUE(complete.ok()) << complete.status() << " size " << size;
        if (*complete) read.push_back(reader.transaction());
      }
    }
    ASSERT_EQ(read.size(), 2u) << "size " << size;
    EXPECT_EQ(read[0].appservice, 17);
    EXPECT_EQ(read[0].first, 5);
    EXPECT_EQ(read[0].last, 7);
    EXPECT_EQ(read[0].event_count, 3);
    EXPECT_EQ(read[1].appservice, 2);
    EXPECT_EQ(read[1].first, 123456789012);
    EXPECT_EQ(read[1].last, 123456789012);
    EXPECT_EQ(read[1].event_count, 1);
  }
}

TEST(TransactionReaderTest, RefusesOtherRequests) {
  std::string longer = Body(1, 2);
  longer.insert(longer.size() - 1, " ");
  for (const std::string& request :
       {Request("/1/users/@a:b", Body(1, 1)),
        Request("/1/transactions/1", "{}"),
        Request("/1/transactions/1", longer),
        std::string("PUT /1/transactions/1 HTTP/1.1\r\n\r\n")}) {
    TransactionReader reader;
    absl::string_view data = request;
    EXPECT_EQ(reader.Read(data).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace causeway::bench
