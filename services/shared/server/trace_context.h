// Which trace a request belongs to, as other programs' tracing tools know it.
// Source: https://www.w3.org/TR/trace-context-1/
//
// The name under which a request goes through all services is its request ID
// (call_context.h), and a trace needs no second one: a `traceparent` that comes
// with a request is the ID, as a whole, an ID that is made here has the form of
// a trace's, and any other has one that follows from it. No spans are recorded
// here, so a traceparent goes out as it came: what a bridge records hangs below
// the last span that there is.
//
// NOTSPEC: `tracestate` ends here. It would have to be carried beside the ID
// through every call and message; it holds what tracing systems tell
// themselves, and bridges are often other people's. A trace holds together
// without it.
//
// Thread-safe (no state).
#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_TRACE_CONTEXT_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_TRACE_CONTEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace causeway::server {

// The header of HTTP, and the metadata key of gRPC.
inline constexpr char kTraceparentKey[] = "traceparent";

// Whether it is a traceparent of version 00.
bool IsTraceparent(absl::string_view text);

// What a traceparent from outside is to those after us: itself in version 00,
// what that version knows of it in a later one, empty when it is none.
std::string TakeTraceparent(absl::string_view header);

// Whether the ID is a traceparent or has the form of a trace's.
bool NamesTrace(absl::string_view request_id);

// The trace of a request: 32 hex digits, those of a traceparent, the whole ID,
// or, of an ID that names no trace, the first of its SHA-256's, so that
// whoever gave it finds the trace. Empty for an empty ID.
std::string TraceId(absl::string_view request_id);

// What goes out with a request as its traceparent: the ID, or one with a parent
// made up for its trace. Empty for an empty ID.
std::string MakeTraceparent(absl::string_view request_id);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_TRACE_CONTEXT_H_
