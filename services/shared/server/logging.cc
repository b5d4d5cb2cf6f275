#include "services/shared/server/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/trace_context.h"

namespace causeway::log {
namespace {

constexpr absl::string_view kWithheld = "(withheld)";

constexpr absl::string_view kLevelNames[] = {"debug", "info", "warning",
                                             "error"};
// Of a terminal: grey, green, yellow, red.
constexpr absl::string_view kLevelColours[] = {"\x1b[90m", "\x1b[32m",
                                               "\x1b[33m", "\x1b[31m"};
constexpr absl::string_view kColourEnd = "\x1b[0m";

// How lines look. The one thing that all of a process shares: a log line is
// written from anywhere, also where no object could be handed down to.
class Destination {
 public:
  Destination()
      : logger_("causeway", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }

  void Configure(Options options) ABSL_LOCKS_EXCLUDED(mu_) {
    level_ = options.level;
    absl::MutexLock lock(&mu_);
    options_ = std::move(options);
  }

  bool Enabled(Level level) const { return level >= level_; }

  Options options() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return options_;
  }

  void Write(const std::string& line) {
    logger_.log(spdlog::level::info, line);
  }

 private:
  std::atomic<Level> level_ = Level::kInfo;
  absl::Mutex mu_;
  Options options_ ABSL_GUARDED_BY(mu_);
  spdlog::logger logger_;
};

// Never destroyed: threads may log while the process ends.
Destination& GetDestination() {
  static auto* const destination = new Destination;
  return *destination;
}

bool IsSecret(absl::string_view field_name) {
  return absl::EndsWithIgnoreCase(field_name, "token");
}

nlohmann::ordered_json ToJson(const Field::Value& value) {
  return std::visit(
      [](const auto& v) -> nlohmann::ordered_json {
        if constexpr (std::same_as<std::decay_t<decltype(v)>,
                                   absl::string_view>) {
          return std::string(v);
        } else {
          return v;
        }
      },
      value);
}

// For tools that lead from a line to its trace, and back. Empty: the field
// doesn't tell of one.
std::string TraceIdOf(const Field& field) {
  const auto* const request_id = std::get_if<absl::string_view>(&field.value());
  if (field.name() != "request_id" || request_id == nullptr) return "";
  return server::TraceId(*request_id);
}

std::string Serialize(const nlohmann::ordered_json& json) {
  // Bytes that are no UTF-8 come out as U+FFFD: a line is JSON whatever it
  // tells.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string JsonLine(const Options& options, absl::Time time, Level level,
                     absl::string_view message, Fields fields) {
  nlohmann::ordered_json line;
  line["time"] =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
  line["level"] = std::string(kLevelNames[static_cast<int>(level)]);
  if (!options.service.empty()) line["service"] = options.service;
  line["message"] = std::string(message);
  for (const Field& field : fields) {
    // emplace: no field can take the place of what comes before it.
    line.emplace(std::string(field.name()), IsSecret(field.name())
                                                ? std::string(kWithheld)
                                                : ToJson(field.value()));
    const std::string trace_id = TraceIdOf(field);
    if (!trace_id.empty()) line.emplace("trace_id", trace_id);
  }
  return Serialize(line);
}

// A value for people: bare when that cannot be misread, else as JSON would.
std::string PlainOrQuoted(const Field::Value& value) {
  nlohmann::ordered_json json = ToJson(value);
  if (!json.is_string()) return Serialize(json);
  const auto& text = json.get_ref<const std::string&>();
  for (char c : text) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == '"' ||
        c == '=') {
      return Serialize(json);
    }
  }
  return text.empty() ? "\"\"" : text;
}

std::string TextLine(const Options& options, absl::Time time, Level level,
                     absl::string_view message, Fields fields) {
  static const bool in_colour =
      isatty(STDERR_FILENO) != 0 && getenv("NO_COLOR") == nullptr;
  const int index = static_cast<int>(level);
  std::string line = absl::StrCat(
      absl::FormatTime("%H:%M:%E3S", time, absl::LocalTimeZone()), " ",
      in_colour ? kLevelColours[index] : "",
      absl::AsciiStrToUpper(kLevelNames[index]), in_colour ? kColourEnd : "",
      options.service.empty() ? "" : " ", options.service, ": ", message);
  for (const Field& field : fields) {
    absl::StrAppend(&line, "  ", field.name(), "=",
                    IsSecret(field.name()) ? std::string(kWithheld)
                                           : PlainOrQuoted(field.value()));
    const std::string trace_id = TraceIdOf(field);
    if (!trace_id.empty()) absl::StrAppend(&line, "  trace_id=", trace_id);
  }
  return line;
}

void Log(Level level, absl::string_view message, Fields fields) {
  Destination& destination = GetDestination();
  if (!destination.Enabled(level)) return;
  const Options options = destination.options();
  const absl::Time now = RealClock().Now();
  destination.Write(options.format == Format::kJson
                        ? JsonLine(options, now, level, message, fields)
                        : TextLine(options, now, level, message, fields));
}

}  // namespace

void Configure(Options options) {
  GetDestination().Configure(std::move(options));
}

bool Enabled(Level level) { return GetDestination().Enabled(level); }

void Debug(absl::string_view message, Fields fields) {
  Log(Level::kDebug, message, fields);
}
void Info(absl::string_view message, Fields fields) {
  Log(Level::kInfo, message, fields);
}
void Warning(absl::string_view message, Fields fields) {
  Log(Level::kWarning, message, fields);
}
void Error(absl::string_view message, Fields fields) {
  Log(Level::kError, message, fields);
}

}  // namespace causeway::log
