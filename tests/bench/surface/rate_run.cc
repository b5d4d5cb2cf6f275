#include "tests/bench/surface/rate_run.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

}  // namespace

RateRun RunAtFullRate(EventLoop& loop, HttpClient& client, absl::Duration time,
                      const std::function<std::string(int, int64_t)>& request) {
  RateRun run;
  int64_t next = 0;
  int under_way = 0;
  const absl::Duration start = loop.Now();
  const absl::Duration end = start + time;
  absl::Duration last_answer = start;
  std::function<void(int)> send_next = [&](int connection) {
    const absl::Duration sent_at = loop.Now();
    if (sent_at >= end) return;
    ++under_way;
    client.Send(connection, request(connection, next++),
                [&, connection, sent_at](int status, const std::string& body) {
                  if (status != 200) Die(absl::StrCat(status, " ", body));
                  last_answer = loop.Now();
                  run.milliseconds.push_back(
                      absl::ToDoubleMilliseconds(last_answer - sent_at));
                  --under_way;
                  send_next(connection);
                });
  };
  for (int i = 0; i < client.connection_count(); ++i) send_next(i);
  loop.RunUntil([&] { return under_way == 0; }, time + kPatience, "answers");
  run.answered = static_cast<int64_t>(run.milliseconds.size());
  run.seconds = absl::ToDoubleSeconds(last_answer - start);
  std::sort(run.milliseconds.begin(), run.milliseconds.end());
  return run;
}

}  // namespace causeway::bench
