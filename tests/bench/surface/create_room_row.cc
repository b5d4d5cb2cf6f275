#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/json.h"
#include "tests/bench/shared/quantile.h"
#include "tests/bench/shared/sample_line.h"
#include "tests/bench/surface/http_client.h"
#include "tests/bench/surface/rate_run.h"
#include "tests/bench/surface/rows.h"

namespace causeway::bench {
namespace {

using matrix::Json;

constexpr int kAtOnce = 8;
constexpr char kInvited[] = "alice";

// What matrix-appservice-irc and others of its kind send.
std::string RoomRequest(int64_t number, int run) {
  const Json join_rules = {{"type", "m.room.join_rules"},
                           {"state_key", ""},
                           {"content", {{"join_rule", "public"}}}};
  const Json visibility = {{"type", "m.room.history_visibility"},
                           {"state_key", ""},
                           {"content", {{"history_visibility", "joined"}}}};
  const std::string channel = absl::StrCat("channel_", run, "_", number);
  return matrix::DumpJson(
      {{"room_alias_name", absl::StrCat("bridge_", channel)},
       {"name", absl::StrCat("#", channel)},
       {"topic", "What this channel is about, as IRC has it"},
       {"visibility", "private"},
       {"preset", "public_chat"},
       {"creation_content", {{"m.federate", true}}},
       {"initial_state", Json::array({join_rules, visibility})},
       {"invite", Json::array({absl::StrCat("@", kInvited, ":bench.test")})},
       {"power_level_content_override",
        {{"users", {{"@bench_bridge:bench.test", 100}}},
         {"users_default", 0},
         {"events_default", 0},
         {"events", {{"m.room.name", 50}, {"m.room.topic", 50}}}}}});
}

}  // namespace

void MeasureCreateRoom(Site& site, Runs runs) {
  site.RegisterPerson(kInvited);
  HttpClient client(site.loop(), site.gateway_port(), kAtOnce);
  for (int run = 0; run < runs.count; ++run) {
    const RateRun result =
        RunAtFullRate(site.loop(), client, runs.time, [&](int, int64_t number) {
          return MakeRequest("POST", ClientPath("/createRoom"), site.as_token(),
                             RoomRequest(number, run));
        });
    PrintSample("row", {{"rooms_per_second", result.PerSecond()},
                        {"p99_ms", Quantile(result.milliseconds, 0.99)},
                        {"samples", static_cast<double>(result.answered)}});
    site.loop().RunFor(runs.rest);
  }
}

}  // namespace causeway::bench
