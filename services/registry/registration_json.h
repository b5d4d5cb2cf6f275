#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_JSON_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_JSON_H_

#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/registry/registration.h"

namespace causeway::registry {

// A registration as an object, for what is kept about it beside itself. It
// holds no token; whether extra_fields_yaml has a secret of the application
// service's own nobody knows.
nlohmann::json RegistrationToJson(const Registration& registration);

// The same back. DATA_LOSS when it isn't one.
absl::StatusOr<Registration> RegistrationFromJson(absl::string_view text);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_JSON_H_
