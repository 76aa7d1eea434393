// expect: runtime_error, time_limit
#include <thread>
int main() {
    for (;;) std::thread([] { for (;;); }).detach();
}
