#include <stddef.h>
#include <stdint.h>
/* Tests/Fuzzing/ReadersUnderFuzz.swift */
void gatehouse_fuzz(const uint8_t *bytes, long count);
