#include <curl/curl.h>

#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/push/event_text.h"
#include "tests/bench/push/receipts.h"
#include "tests/bench/push/rows.h"
#include "tests/bench/push/sink.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/sample_line.h"

namespace causeway::bench {
namespace {

constexpr int kTransactionEvents = 100;
constexpr absl::Duration kPatience = absl::Seconds(30);

// A row of events that can be given other numbers.
class EventRow {
 public:
  // Each event with `before` it, and `end` after the last.
  EventRow(int event_count, absl::string_view before, absl::string_view start,
           absl::string_view end)
      : event_count_(event_count),
        start_bytes_(start.size()),
        step_(kEventBytes + before.size()),
        bytes_(start) {
    const EventText text(event_count);
    for (int i = 0; i < event_count; ++i) {
      // The first one has `start` before it.
      absl::StrAppend(&bytes_, i == 0 ? "" : before, text.Event(i));
    }
    absl::StrAppend(&bytes_, end);
  }

  const std::string& Renumber(int64_t position) {
    const Audience audience;
    char* event = bytes_.data() + start_bytes_;
    for (int i = 0; i < event_count_; ++i, ++position, event += step_) {
      EventText::Renumber(event, position, audience.Room(position),
                          audience.Sender(position));
    }
    return bytes_;
  }

 private:
  const int event_count_;
  const size_t start_bytes_;
  const size_t step_;
  std::string bytes_;
};

void PrintRate(int64_t event_count, absl::Duration time) {
  const double seconds = absl::ToDoubleSeconds(time);
  PrintSample(
      "row", {{"events_per_second", static_cast<double>(event_count) / seconds},
              {"seconds", seconds}});
}

void MakeTables(pqxx::connection& connection) {
  pqxx::work work(connection);
  work.exec0("CREATE SCHEMA bench_limit");
  work.exec0(
      "CREATE TABLE bench_limit.sources (id int PRIMARY KEY, "
      "next_position bigint NOT NULL) WITH (fillfactor = 50)");
  work.exec0("INSERT INTO bench_limit.sources VALUES (1, 1)");
  work.exec0(
      "CREATE TABLE bench_limit.segments (first_position bigint PRIMARY KEY, "
      "data bytea NOT NULL)");
  // As they come, neither compressed nor looked at.
  work.exec0(
      "ALTER TABLE bench_limit.segments ALTER COLUMN data SET STORAGE "
      "EXTERNAL");
  work.commit();
  connection.prepare(
      "store",
      "WITH moved AS (UPDATE bench_limit.sources SET next_position = $2 "
      "WHERE id = 1 AND next_position = $1 RETURNING id) "
      "INSERT INTO bench_limit.segments SELECT $1, $3 FROM moved");
}

}  // namespace

void MeasureStore(const std::string& conninfo, Runs runs, int commit_events) {
  const RealClock clock;
  pqxx::connection connection(conninfo);
  MakeTables(connection);
  EventRow events(commit_events, "", "", "");
  int64_t position = 1;
  for (int i = 0; i < runs.count; ++i) {
    const int64_t first = position;
    const absl::Duration start = clock.MonotonicNow();
    absl::Duration now = start;
    for (; now < start + runs.time; now = clock.MonotonicNow()) {
      pqxx::nontransaction autocommit(connection);
      const pqxx::result stored = autocommit.exec_prepared(
          "store", position, position + commit_events,
          pqxx::binarystring(events.Renumber(position)));
      if (stored.affected_rows() != 1) Die("nothing was stored");
      position += commit_events;
    }
    PrintRate(position - first, now - start);
    pqxx::nontransaction(connection).exec0("TRUNCATE bench_limit.segments");
  }
  pqxx::nontransaction(connection).exec0("DROP SCHEMA bench_limit CASCADE");
}

void MeasurePut(Runs runs) {
  const RealClock clock;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Receipts receipts(1);
  Sink sink(1, receipts);
  EventRow events(kTransactionEvents, ",", R"({"events":[)", "]}");
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(
      curl_easy_init(), &curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(
          curl_slist_append(nullptr, "Content-Type: application/json"),
          "Expect:"),
      &curl_slist_free_all);
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION,
      +[](char*, size_t size, size_t count, void*) { return size * count; });
  for (int i = 0; i < runs.count; ++i) {
    receipts.Expect(Audience());
    int64_t position = 1;
    const absl::Duration start = clock.MonotonicNow();
    absl::Duration now = start;
    for (; now < start + runs.time; now = clock.MonotonicNow()) {
      const std::string url =
          absl::StrCat(sink.Url(0), "/_matrix/app/v1/transactions/", position);
      const std::string& body = events.Renumber(position);
      curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(body.size()));
      if (const CURLcode put = curl_easy_perform(curl); put != CURLE_OK) {
        Die(absl::StrCat("PUT: ", curl_easy_strerror(put)));
      }
      position += kTransactionEvents;
    }
    receipts.Await(position - 1, kPatience);
    PrintRate(position - 1, now - start);
  }
}

}  // namespace causeway::bench
