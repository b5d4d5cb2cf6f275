#include "services/push_dispatcher/delivery/sweeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/metrics.h"

namespace causeway::push {
namespace {

using Kind = namespaces::NamespaceKind;

// Goal: what nobody needs any more goes, and the queues are measured. Method:
// three batches, two of them for a service that is unregistered then.
TEST(SweeperTest, DeletesWhatIsDoneWithAndMeasures) {
  auto store = std::make_shared<FakePushStore>();
  PushProcess process({}, {store, store, store, store, store});
  registry_watch::SnapshotBuilder registry("hs");
  for (const char* id : {"gone", "stays"}) {
    registry.Add({.id = id,
                  .url = "http://127.0.0.1:1",
                  .namespaces = {{Kind::kRooms, std::string("!") + id, true}}});
  }
  process.SetRegistry(registry.Build());
  TestSource source;
  for (const char* room : {"!gone:hs", "!gone:hs", "!stays:hs"}) {
    source.Message(room, "@alice:hs", "x");
    ASSERT_TRUE(process.Publish(source.Take()).ok());
  }
  process.SetRegistry(registry.Remove("gone").Build());

  prometheus::Registry metrics_registry;
  PushMetrics metrics(metrics_registry);
  RealClock clock;
  Sweeper sweeper({.interval = absl::Milliseconds(1)}, *store, process.loop(),
                  clock, metrics);
  for (const char* line :
       {"causeway_push_swept_entries_total 2\n",
        "causeway_push_swept_segments_total 2\n",
        "causeway_push_queue_events{appservice_id=\"stays\"} 1\n",
        "causeway_push_queues{phase=\"idle\"} 0\n"}) {
    SCOPED_TRACE(line);
    while (!absl::StrContains(server::MetricsText(metrics_registry), line)) {
    }
  }
  const auto segments = store->ListSegments(1, 1000, 9, 1000000).value();
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].first_position, 3);
}

}  // namespace
}  // namespace causeway::push
