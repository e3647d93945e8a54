// What Glibc's module leaves out because it is Linux alone that has it.
extern int syncfs(int fd);
#include <malloc.h>
