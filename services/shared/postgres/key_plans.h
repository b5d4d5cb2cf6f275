#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_KEY_PLANS_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_KEY_PLANS_H_

#include <string>
#include <utility>
#include <vector>

namespace causeway::postgres {

// For SessionOptions::settings, where every statement finds its rows along
// keys: each is planned once, and so whatever the statistics of its tables say.
// Those of a table that has just filled say that it is empty, and a plan for
// that walks through all of it.
std::vector<std::pair<std::string, std::string>> KeyPlans();

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_KEY_PLANS_H_
