// Memory, messages and semaphores that outlive the process.
// expect: accepted
#include <mqueue.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
int main(void) {
    int reached = shmget(IPC_PRIVATE, 1 << 20, 0600) >= 0 || msgget(IPC_PRIVATE, 0600) >= 0 || semget(IPC_PRIVATE, 1, 0600) >= 0;
    reached += mq_open("/laurel-hostile", O_CREAT | O_RDWR, 0600, 0) != (mqd_t)-1;
    puts(reached ? "reached" : "contained");
}
