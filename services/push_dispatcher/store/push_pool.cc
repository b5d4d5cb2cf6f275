#include "services/push_dispatcher/store/push_pool.h"

#include <utility>

#include "services/push_dispatcher/store/postgres_ingest_store.h"
#include "services/push_dispatcher/store/postgres_queue_store.h"

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
  options.session.settings = {{"plan_cache_mode", "force_generic_plan"},
                              {"enable_seqscan", "off"},
                              {"enable_hashjoin", "off"},
                              {"enable_mergejoin", "off"},
                              {"enable_bitmapscan", "off"},
                              // Walks along the keys of several partitions are
                              // merged instead.
                              {"enable_sort", "off"},
                              // What is switched off above looks so expensive
                              // that it would be compiled.
                              {"jit", "off"}};
  return options;
}

}  // namespace causeway::push
