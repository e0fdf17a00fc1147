### Everything that Deskbeat says to its users, in Brazilian Portuguese. The source is en.ftl.
### Short: a tooltip holds 127 characters. In a sentence's place: what happened, what it means, what to do.

## How the session stands, in one sentence (tooltip, menu, window, `deskbeat status`)

starting = Iniciando: obtendo informações deste computador e da fila dele.
waiting = Aguardando o início de uma sessão neste computador.
confirming = Uma sessão foi encontrada; confirmando com a AWS.
active = Sua sessão está ativa.
active-spot = A AWS vai retirar este computador em breve. Salve seu trabalho agora.
# $left is one of the three below, $cause one of the troubles.
risk = Sessão em risco ({ $left }): { $cause }.
risk-seconds-left = { $seconds ->
    [one] resta { $seconds } s
   *[other] restam { $seconds } s
}
risk-minutes-left = restam { $minutes } min
risk-run-out = prazo da AWS esgotado
risk-past-end = O tempo da sessão acabou; perguntando à AWS se ela continua.
# $attention is a whole sentence.
risk-attention = Sessão em risco: { $attention }
risk-not-reached = Sessão em risco: não foi possível acessar a AWS a tempo; tentando novamente.
soon = Sua sessão está prestes a terminar. Salve seu trabalho.
soon-remote = Um administrador está encerrando sua sessão. Salve seu trabalho.
soon-idle = Parece que não há ninguém aqui: sua sessão está prestes a terminar.
soon-disconnected = Ninguém está conectado: sua sessão está prestes a terminar.
extending = Solicitando mais tempo…
extension-awaited = Mais tempo foi solicitado; aguardando a resposta.
extension-overdue = Não houve resposta ao seu pedido de mais tempo. Salve seu trabalho e fale com o administrador.
ending = Encerrando sua sessão: avisando a AWS. Aguarde.
ending-stuck = O encerramento ainda não foi concluído: { $cause }.
closed = Sessão encerrada ({ $reason }).
closed-then-shutdown = Sessão encerrada ({ $reason }). Este computador será desligado.
closed-then-logoff = Sessão encerrada ({ $reason }). Será feito logoff do seu usuário.
closed-then-stopped = Sessão encerrada ({ $reason }). A AWS vai desligar este computador.
ended-elsewhere = Esta sessão foi encerrada externamente. Salve seu trabalho: este computador pode ser desligado.
queue-unreadable = Nenhuma sessão pode começar; fila ilegível: { $cause }.

## Why a session ended, in brackets after "Session closed"

reason-user = a seu pedido
reason-shutdown = o computador estava sendo desligado
reason-logoff = você estava fazendo logoff
reason-idle = ninguém a estava usando
reason-disconnected = a conexão remota caiu
reason-remote = por decisão de um administrador
reason-time-up = o tempo acabou
reason-spot = a AWS está retirando este computador
reason-failure = uma falha foi relatada

## Troubles, as the middle or the end of a sentence

trouble-throttled = a AWS está ocupada demais para responder
trouble-throttled-retry = a AWS está ocupada demais; tentando novamente
trouble-service = a AWS está com um problema
trouble-service-retry = a AWS está com um problema; tentando novamente
trouble-credentials = a AWS recusa as credenciais deste computador
trouble-credentials-retry = a AWS recusa as credenciais deste computador; obtendo novas
trouble-signature = a AWS recusa a assinatura; verifique o relógio deste computador
trouble-access-denied = acesso negado; peça ao administrador que verifique a função
trouble-kms = a chave de criptografia nega o acesso; fale com o administrador
trouble-output = a AWS recusa nossa resposta; enviando a mais curta
trouble-no-queue = a fila não existe; fale com o administrador
trouble-unreachable = não é possível acessar a AWS; verifique a rede
trouble-over = a sessão foi encerrada externamente
trouble-refused = o acesso à AWS é recusado; peça ao administrador que libere a porta 443
trouble-swallowed = um firewall talvez bloqueie a AWS; peça a liberação da porta 443
trouble-name = o nome da AWS não é encontrado; verifique o DNS da rede
trouble-proxy-sign-in = o proxy exige autenticação (407); verifique HTTPS_PROXY
trouble-proxy = o proxy bloqueia o acesso à AWS; fale com o administrador
trouble-certificate = certificado desconhecido no lugar do da AWS; defina AWS_CA_BUNDLE
trouble-certificate-time = certificado da AWS inválido segundo o relógio; acerte a hora
trouble-page = responde uma página de login ou bloqueio, não a AWS; fale com o administrador

## What somebody has to mend before a session can start

no-role = Este computador não tem função do IAM. Peça ao administrador que associe um perfil de instância.
role-refused = O EC2 não pode usar a função { $role } ({ $code }). Peça que verifiquem a política de confiança.
key-expired = Este computador recebe uma chave expirada. Verifique o relógio e a função.
key-expired-at = Este computador recebe uma chave expirada ({ $at }). Verifique o relógio e a função.
no-credentials = Não há credenciais da AWS no ambiente, nos perfis nem nos arquivos ({ $why }). Faça login.
# $problem is one of the metadata service's below. SENTENCE makes its first letter a capital.
metadata-trouble = { SENTENCE($problem) }.
# $sentence is a whole one.
trying-again = { $sentence } Tentando novamente.
unidentified = Não é possível identificar este computador: { $problem }.
metadata-endpoint = o endpoint de metadados { $endpoint } não é uma URL http
metadata-unreachable = não é possível acessar o serviço de metadados ({ $why })
metadata-silent = o serviço de metadados não responde em { $limit }
metadata-off = o serviço de metadados está desativado ou bloqueado por um proxy (403)
metadata-token = o serviço de metadados recusa seu próprio token de sessão (401)
metadata-missing = o serviço de metadados não tem { $what } (404)
metadata-foreign = o que responde no endereço de metadados não é IMDSv2 ({ $how }), talvez um proxy
metadata-status = o serviço de metadados responde { $status } para { $what }
metadata-unusable = não é possível ler a resposta do serviço de metadados para { $what } ({ $why })
queue-tag = A tag { $tag } não é uma URL de fila. Peça ao administrador que a corrija.
queue-no-url = O SQS não informa uma URL para a fila { $queue }.
queue-missing = Não há fila { $queue }. Peça ao administrador que a crie ou configure.
queue-access = A função não pode consultar a fila { $queue }: precisa de sqs:GetQueueUrl.
queue-signature = A AWS recusa a assinatura deste computador; verifique o relógio.
queue-trouble = Fila { $queue } inacessível: { $cause }.
other-user = A sessão deste computador é de outro usuário; o Deskbeat espera que ela termine.
other-users = A sessão deste computador é de { $owner }; o Deskbeat espera que ela termine.
startup-unfinished = A inicialização deste computador não terminou; sua sessão começará depois disso.
no-logon = Este usuário não fez login; o Deskbeat espera o login.

## What is unwell on this computer: a subject and how it is, one after the other

# $what is what is unwell, put together from the texts below.
unwell = { SENTENCE($what) }. Avise o administrador.
unwell-ends = { SENTENCE($what) }. Se isso continuar, sua sessão será encerrada: salve seu trabalho.
unwell-one = { $subject } { $how }
unwell-and = { $first }; { $second }
subject-service = o serviço { $name }
subject-port = a porta { $port } deste computador
subject-process = o processo { $name }
subject-file = o arquivo { $path }
how-missing = não existe
how-silent = não responde
how-not-there = não foi encontrado
how-not-running = não está em execução
how-stopped = está parado
how-paused = está em pausa
how-starting = está iniciando
how-stopping = está parando
how-neither = não está em execução nem parado
how-unchanged = não muda há { $seconds } s
# $state is a word of systemd's, such as "failed".
how-state = está no estado “{ $state }”

## Answers to what somebody asked for

done-asked-for-more = Mais tempo foi solicitado; a resposta virá.
done-more-granted = Mais tempo foi solicitado e concedido.
done-closed = A sessão está encerrada; o Step Functions confirmou.
done-closed-already = A sessão já está encerrada.
done-countdown-off = A contagem regressiva foi cancelada; sua sessão continua.
done-trying-again = Avisando o Step Functions novamente.
done-going-anyway = Continuando sem a AWS, que cuidará do resto quando vencer o prazo das pulsações.
refused-shutting-down = O computador está sendo desligado: a sessão está sendo encerrada.
refused-foreign-journal = A sessão registrada é de outro computador.
refused-over-already = A sessão já tinha acabado: o Step Functions a encerrou antes.
refused-stopping = O Deskbeat está parando antes de o Step Functions aceitar o fim.
refused-no-countdown = Não há contagem regressiva para cancelar.
refused-nothing-closing = Nada está sendo encerrado.
# $outcome: a word of the workflow's.
refused-closing-otherwise = Tarde demais: a sessão já está sendo encerrada com o resultado { $outcome }.
refused-ended-elsewhere = O Step Functions já havia encerrado a sessão.
refused-awaits-more-time = Mais tempo foi solicitado e a resposta ainda não chegou.
refused-no-session = Ainda não há sessão neste computador: nenhum token de tarefa chegou.
refused-remote-end = Um administrador está encerrando esta sessão.
refused-not-extendable = Esta sessão não oferece mais tempo (a mensagem de início não traz "extendable": true).
refused-closing = A sessão já está sendo encerrada.
refused-asked-already = Mais tempo já foi solicitado; a resposta ainda não chegou.
refused-no-session-to-extend = Não há sessão para prorrogar.
refused-on-its-way = O encerramento está em andamento; aguarde a resposta.
refused-no-after-end = Nenhuma ação está configurada para depois do fim.

## Asked at a terminal

ask-left = Tempo restante da sua sessão: { $left } (até { $until }).
ask-end = Encerrar a sessão? [s/N]
# Besides y and yes, in small letters, with spaces between.
ask-yes = s sim
ask-kept = Nada foi feito; sua sessão continua.
# $sentence is a whole one.
ask-none = Não há sessão para encerrar. { $sentence }
ask-request = { $sentence } (solicitação { $id })
ask-nobody = não há ninguém para confirmar; use “deskbeat end --yes”
# In a terminal, behind "deskbeat: ": why no agent can be asked, or gives no answer.
agent-none = o Deskbeat não está em execução (nada responde em { $path }); inicie-o com “deskbeat”
agent-others = o Deskbeat em { $path } é de outro usuário; somente esse usuário pode falar com ele
agent-unreachable = não é possível acessar o Deskbeat em { $path }: { $why }
agent-gone = o Deskbeat parou antes de responder
agent-silent = o Deskbeat está em execução, mas não respondeu em { $limit }; se isso continuar, reinicie-o
agent-refused = o Deskbeat não respondeu à pergunta: { $why }
agent-not-understood = não é possível entender a resposta do Deskbeat ({ $why }); outra versão está em execução?
agent-broken = a conexão com o Deskbeat foi interrompida: { $why }
agent-stopped = o Deskbeat parou
agent-stopped-early = o Deskbeat parou antes de o Step Functions aceitar
agent-not-started = não é possível iniciar o Deskbeat: { $why }
no-window = nenhuma janela pode ser exibida aqui: { $why }
config-left-aside = Isso é deixado de lado aqui; um Deskbeat em execução continua com o que leu antes. Informe o administrador.

## Times

# Two sentences, one after the other.
joined = { $first } { $second }
span-seconds = { $seconds } s
span-minutes-seconds = { $minutes } min { $seconds } s
span-minutes = { $minutes } min
span-hours = { $hours } h
span-hours-minutes = { $hours } h { $minutes } min
span-days = { $days } d
span-days-hours = { $days } d { $hours } h
heartbeats = { $count ->
    [one] { $count } pulsação
   *[other] { $count } pulsações
}
another-day = { $weekday } { $day } { $month } { $time }
weekday = { $number ->
    [1] seg
    [2] ter
    [3] qua
    [4] qui
    [5] sex
    [6] sáb
   *[7] dom
}
month = { $number ->
    [1] jan
    [2] fev
    [3] mar
    [4] abr
    [5] mai
    [6] jun
    [7] jul
    [8] ago
    [9] set
    [10] out
    [11] nov
   *[12] dez
}
# $time is 5:30 and the like, on a clock of twelve hours.
half-day = { $half ->
    [am] { $time } AM
   *[pm] { $time } PM
}

## Tooltip and menu

time-left = Tempo restante: { $left } (até { $until }).
tooltip-session = Sessão: { $left }
window-left = A AWS espera mais { $left }.
last-beat = Última pulsação: { $at }.
ends-by-itself = Fim automático: { $at }.

## Notifications: a title, and what it means

notice-started = Sua sessão começou
notice-ends-at = A sessão vai, no máximo, até { $at }.
notice-no-end = A sessão não tem fim definido.
notice-risk = Sua sessão está em risco
notice-risk-body = { SENTENCE($cause) }. Se isso continuar até { $at }, a AWS encerrará a sessão: salve seu trabalho.
notice-recovered = Sua sessão está segura novamente
notice-recovered-body = A AWS está acessível novamente; nada se perdeu.
notice-time-left = { $minutes ->
    [one] Resta { $minutes } minuto
   *[other] Restam { $minutes } minutos
}
notice-time-left-body = Fim da sua sessão: { $at }. Salve seu trabalho.
notice-time-left-more = Fim da sua sessão: { $at }. Salve seu trabalho. Você pode solicitar mais tempo.
notice-countdown = Fim da sua sessão: { $at }
notice-countdown-body = { $why }. Salve seu trabalho.
notice-countdown-stay = { $why }. Salve seu trabalho. Avise se ainda estiver aí.
countdown = Ela vai terminar
countdown-idle = Parece que ninguém a está usando
countdown-disconnected = A conexão remota caiu
countdown-remote = Um administrador a está encerrando
countdown-spot = A AWS está retirando este computador
countdown-time-up = O tempo da sessão acabou
notice-text = Mensagem do seu administrador
notice-unhealthy = Este computador está com um problema
notice-stuck = Sua sessão ainda não pôde ser encerrada
notice-stuck-body = { SENTENCE($cause) }. As tentativas continuam; você também pode desligar mesmo assim.
notice-closed = Sua sessão está encerrada
notice-closed-body = A AWS confirmou ({ $reason }).
notice-extended = Você tem mais tempo
notice-ended-elsewhere = Sua sessão foi encerrada externamente
notice-ended-elsewhere-body = Salve seu trabalho: este computador pode ser desligado a qualquer momento.
notice-stays-on = Este computador continua ligado
notice-stays-on-body = { SENTENCE($why) }. A AWS vai desligá-lo; você pode se desconectar.
notice-spot = A AWS está retirando este computador
notice-spot-at = Desligamento previsto: { $at }. Salve seu trabalho agora.
notice-stopped-soon = Ele será desligado em breve. Salve seu trabalho agora.
notice-rebalance = A AWS talvez retire este computador
notice-rebalance-body = Ele pode ser desligado em breve, com dois minutos de aviso. Salve seu trabalho.
notice-maintenance = A AWS fará manutenção neste computador
notice-maintenance-body = A manutenção começa em breve. Salve seu trabalho antes.
notice-maintenance-at = Início da manutenção: { $at }. Salve seu trabalho antes.
notice-maintenance-words = A manutenção começa em breve ({ $words }). Salve seu trabalho antes.
notice-maintenance-at-words = Início da manutenção: { $at } ({ $words }). Salve seu trabalho antes.
notice-scale-in = Este computador está sendo retirado de serviço
notice-attention = O Deskbeat precisa de atenção
# Behind a balloon of Windows, which has no button: $offer is what a click on it does.
balloon-offer = Clique aqui: { $offer }.

## Questions

dialog-end = Sua sessão será encerrada.
dialog-end-shutdown = Sua sessão será encerrada e este computador será desligado.
dialog-end-logoff = Sua sessão será encerrada e será feito logoff do seu usuário.
save-first = Salve seu trabalho antes.
dialog-end-left = Você ainda tem { $left }.
dialog-stuck = Não foi possível avisar a AWS do fim da sua sessão: { $problem }. As tentativas continuam.
dialog-stuck-leave = Se você não esperar, a AWS cuidará do resto sozinha um pouco mais tarde.
cannot-start-title = O Deskbeat não pode iniciar
cannot-start = A sessão deste computador não é mantida ativa e pode terminar a qualquer momento. Informe isto ao administrador:
about-purpose = Mantém ativa a sessão desta área de trabalho remota e a encerra de forma ordenada.
about-licence = MIT ou Apache-2.0

## The window

left = restante: { $left }
until = até { $at }
ends-in = Sua sessão termina em { $left }
ends-why = { $why } Salve seu trabalho. Fim: { $at }.
ends = Ela vai terminar.
ends-idle = Parece que ninguém está usando esta sessão.
ends-disconnected = A conexão remota caiu.
ends-remote = Um administrador está encerrando esta sessão.
ends-spot = A AWS está retirando este computador.
ends-time-up = O tempo da sessão acabou.
beats-none = nenhuma pulsação
beats-accepted = { $accepted ->
    [one] { $accepted } aceita
   *[other] { $accepted } aceitas
}
beats-failed = { $accepted ->
    [one] { $accepted } aceita
   *[other] { $accepted } aceitas
}, { $failed ->
    [one] { $failed } com falha
   *[other] { $failed } com falha
}
plot-summary = Pulsações desde { $since }: { $accepted ->
    [one] { $accepted } aceita
   *[other] { $accepted } aceitas
}, { $failed } com falha
happened-beat-failed = Uma pulsação falhou: { $cause }.
happened-renewed = Credenciais renovadas (…{ $key }).
happened-woke = Este computador saiu da suspensão.
happened-told = { $title }. { $body }

## The states, in a word or two

state-waiting = Aguardando
state-active = Ativa
state-at-risk = Em risco
state-ending = Encerrando
state-closed = Encerrada
state-ended-elsewhere = Encerrada externamente
state-needs-attention = Precisa de atenção

## Labels of menu, window and notifications

label-about-to-end = Sua sessão está prestes a terminar
label-not-closed = A sessão ainda não está encerrada
label-end = Encerrar sessão…
label-extend = Solicitar mais tempo
label-copy = Copiar diagnóstico
label-still-here = Ainda estou aqui
label-try-again = Tentar novamente
label-start = Iniciar o Deskbeat
label-time-left = Tempo restante desta sessão
label-no-end = Sem fim definido
label-last-beat = Última pulsação
label-no-beat = nenhuma ainda
label-session = Sessão
label-user = Usuário
label-computer = Computador
label-so-far = Pulsações até agora
label-happened = O que aconteceu
label-nothing-happened = Nada ainda.
label-now = agora
label-extending = Solicitando mais tempo…
label-copied = O diagnóstico está na área de transferência.
label-not-copied = Diagnóstico
label-not-running = O Deskbeat não está em execução.
label-not-running-means = A sessão deste computador não é mantida ativa e pode terminar a qualquer momento.
label-connecting = Perguntando ao Deskbeat como está a sessão…
label-lost = O Deskbeat parou inesperadamente.
label-lost-means = Ele deve voltar em alguns segundos. Se não voltar, salve seu trabalho e inicie-o novamente.
# Said in English where the letters of $language, a tag such as ja, cannot be drawn.
language-undrawn = Nenhuma fonte deste computador tem as letras do seu idioma ({ $language }).
label-ends-soon = Termina em breve
label-offer = O Deskbeat mantém sua sessão ativa
label-offer-means = Esta área de trabalho não tem lugar para o ícone. A janela mostra como está a sessão.
label-open = Abrir o Deskbeat
label-end-now = Encerrar sessão
label-keep = Continuar trabalhando
label-shut-down-anyway = Desligar mesmo assim
label-log-off-anyway = Fazer logoff mesmo assim
label-close = Fechar
label-about = Sobre o Deskbeat
label-open-log = Abrir o log
label-not-offered = Solicitar mais tempo (não disponível nesta sessão)
label-no-session-to-end = Não há sessão para encerrar.
label-asked-for-more = Mais tempo foi solicitado
label-log-open = O log está aberto
label-log-open-where = Ele está na janela do gerenciador de arquivos.
label-log-not-open = O log não pode ser aberto aqui
label-copied-done = O diagnóstico foi copiado
label-copied-where = Cole-o em uma mensagem para o administrador.

## `deskbeat status`: names of lines, and what stands there

status-unhealthy = problema
status-session = sessão
status-time-left = restante
status-time-left-value = { $left } (até { $until })
status-closes-at = encerramento
status-heartbeat = pulsação
status-heartbeat-value = a última há { $ago }; { $count }, { $failed } com falha
status-safe-for = segura por
status-safe-for-value = { $left } sem pulsação
status-credentials = credenciais
status-key = { $key }, válida até { $until }
status-request-id = solicitação
status-computer = computador
status-clock = relógio
status-clock-ahead = { $by } à frente do da AWS; o tempo restante segue o da AWS
status-clock-behind = { $by } atrás do da AWS; o tempo restante segue o da AWS
status-rejected = rejeitadas
status-rejected-value = { $count } na fila; a última, porque: { $why }
status-last-error = último erro
