#ifndef CAUSEWAY_TESTS_BENCH_PUSH_REGISTRATIONS_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_REGISTRATIONS_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace causeway::bench {

// The id of an application service by its number.
std::string AppserviceId(int appservice);

// Has the registry grant and register `appservice_count` application services
// with three namespaces each. All claim the same sender if `everyone`, else
// each one a sender of its own, exclusively (audience.h). Returns the revision
// at which all are there. Ends the process when one is refused.
int64_t RegisterAppservices(const std::shared_ptr<grpc::Channel>& registry,
                            int appservice_count, bool everyone,
                            const std::function<std::string(int)>& url_of);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_REGISTRATIONS_H_
