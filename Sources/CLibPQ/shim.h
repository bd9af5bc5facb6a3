// libpq, PostgreSQL's own client library (apt: libpq-dev, Homebrew: libpq).
#include <libpq-fe.h>
