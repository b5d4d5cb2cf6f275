#ifndef CAUSEWAY_SERVICES_CTL_INPUT_FILE_H_
#define CAUSEWAY_SERVICES_CTL_INPUT_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "services/shared/registration_file/registration_file.h"

namespace causeway::ctl {

// What a file holds that a flag or an argument names. Every error is BadUsage()
// and names the file: NOT_FOUND would say that a service doesn't have it.

absl::StatusOr<std::string> ReadInput(const std::string& path,
                                      size_t bytes_max);

// As files::ReadTokenFile().
absl::StatusOr<std::string> ReadToken(const std::string& path);

absl::StatusOr<registration_file::RegistrationFile> ReadRegistration(
    const std::string& path);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_INPUT_FILE_H_
