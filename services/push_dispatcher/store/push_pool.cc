#include "services/push_dispatcher/store/push_pool.h"

#include <utility>

#include "services/push_dispatcher/store/postgres_ingest_store.h"
#include "services/push_dispatcher/store/postgres_queue_store.h"
#include "services/shared/postgres/key_plans.h"

namespace causeway::push {

postgres::Pool::Options PushPoolOptions(std::string conninfo,
                                        int connections_max) {
  postgres::Pool::Options options;
  options.conninfo = std::move(conninfo);
  options.connections_max = connections_max;
  options.statements = PostgresIngestStore::Statements();
  for (auto& statement : PostgresQueueStore::Statements()) {
    options.statements.push_back(std::move(statement));
  }
  options.session.settings = postgres::KeyPlans();
  // Walks along the keys of several partitions are merged instead.
  for (const char* step : {"enable_bitmapscan", "enable_sort"}) {
    options.session.settings.emplace_back(step, "off");
  }
  return options;
}

}  // namespace causeway::push
