// Prints the instruction set whose kernels and code this process takes: the best of the processor, or what TENDRIL_ISA asks for.
#include <cstdio>

#include "kernels/isa.hpp"

int main() { std::puts(tendril::engine::name_of(tendril::engine::best_isa())); }
