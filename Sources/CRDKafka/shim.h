// librdkafka (apt: librdkafka-dev, at least 2.0.2) for Swift; no logic of its own.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
