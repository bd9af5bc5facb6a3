// hiredis, the C client of Redis (apt: libhiredis-dev, Homebrew: hiredis).
#include <hiredis/hiredis.h>
