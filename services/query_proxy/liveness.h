#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_LIVENESS_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_LIVENESS_H_

namespace causeway::query {

// What one try has shown of an application service, whatever it said.
enum class Liveness {
  kAlive,    // It is there and answers.
  kFailing,  // It isn't there, or broken.
  kUnknown,  // It was our own trouble: nothing was sent.
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_LIVENESS_H_
