// expect: memory_limit, runtime_error
#include <vector>
int main() {
    std::vector<long> numbers;
    for (;;) numbers.push_back(1);
}
