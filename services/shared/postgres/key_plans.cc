#include "services/shared/postgres/key_plans.h"

namespace causeway::postgres {

std::vector<std::pair<std::string, std::string>> KeyPlans() {
  return {{"plan_cache_mode", "force_generic_plan"},
          {"enable_seqscan", "off"},
          {"enable_hashjoin", "off"},
          {"enable_mergejoin", "off"},
          // What is switched off looks so expensive that it would be compiled.
          {"jit", "off"}};
}

}  // namespace causeway::postgres
