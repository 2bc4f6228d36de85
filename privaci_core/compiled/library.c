/* Of which sources this library was compiled: Python does not call one that was made from others. */
#include "loops.h"

#if !defined(SOURCE_MARK)
#define SOURCE_MARK 0
#endif
PUBLIC uint32_t source_mark(void) { return SOURCE_MARK; }
