/* SPDX-License-Identifier: GPL-2.0-only */
#ifdef WITHOUT_BARRIER	/* to see the test fail */
#define smp_mb()	__asm__ __volatile__("" ::: "memory")
#else
#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif
#ifdef WITHOUT_RELEASE	/* to see the sanitizer speak */
#define smp_store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#else
#define smp_store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#endif
#define smp_load_acquire(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
